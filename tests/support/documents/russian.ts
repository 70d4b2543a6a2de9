/** Words that the product does not use in Russian, and the ones it uses instead. A stem stands for all its endings. */
const INSTEAD: readonly (readonly [unwelcome: string, better: string])[] = [
  // A signal of Unix is one.
  ['сигнал(?!\\p{L}* (?:SIG)?HUP)', 'алерт'],
  ['оповещени', 'алерт, сообщение'],
  ['(?:гор(?:ит|ят)|горел[аио]?)$', 'активен'],
  ['(?:мост|моста|мосту|мостом|мосте|мосты|мостов|мостам|мостами|мостах)$', 'alert-bridge'],
  ['заглуш(?:к|ек)', 'заглушить, заглушён до …'],
  ['тишин', 'заглушено, нет ответа'],
  ['журнал', 'лог'],
  ['(?:запас|запаса|запасу|запасом|запасе)$', 'бюджет ошибок, резерв'],
  ['(?<!контрольн\\p{L}+ )отмет(?:к|ок)', 'выйти на связь, контрольная отметка'],
  ['цепоч(?:к|ек)(?!\\p{L}* сертификат)', 'алерты доходят, алерты не доходят'],
  ['авари', 'сбой, не работает'],
  ['ai[ -]сервис', 'ИИ-сервис'],
  ['ежедневн\\p{L}+ работ', 'ежедневное задание'],
  ['настройк(?:а|у|ой|е)$', 'конфиг, настройки'],
  ['закрыт\\p{L}+ д(?:ень|ня|ню|нём)$', 'вчера, полные сутки'],
  ['опущен', 'пропущен'],
  ['отвергнут', 'не доставлен'],
  ['удались$', 'успешны'],
  ['удачн', 'успешный'],
  ['неудач', 'с ошибкой'],
  ['извне$', 'снаружи'],
  ['как должен$', 'недоступен, отвечает ошибкой'],
  ['взял$', 'занимается …'],
  ['слыш', 'принимать'],
  ['наблюда[ею]тся$', 'проверка выключена'],
  ['навёрст', 'выполнить позже'],
  ['выздоровлени', 'исправлено'],
  ['жёстк\\p{L}+ предел', 'лимит'],
  ['составлен', 'сформирован'],
  ['экспортер', 'экспортёр'],
  ['отчет', 'отчёт'],
  ['платеж$', 'платёж'],
  ['счет$', 'счёт'],
  ['расчет', 'расчёт'],
  ['еще$', 'ещё'],
  ['(?:идет|придет|ждет|живет|растет|берет|дает|начнет|остается|вернется)$', 'the same with ё'],
  ['(?:за|в|от)(?:глуш|ключ)ен$', 'заглушён, включён, отключён'],
];

/** A `$` in a stem is the end of the word. */
const words = INSTEAD.map(
  ([stem, better]) =>
    [new RegExp(`(?<!\\p{L})(?:${stem.replaceAll('$', '(?!\\p{L})')})\\p{L}*`, 'giu'), better] as const,
);

/** What Russian writes in another way; `ё` and plurals apart. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  // Neither a date (21.09.2024), nor an address, nor a version that is called one.
  [/(?<![\d.,]|верси\p{L}+ )\d+\.\d+(?!\.?\d)/gu, 'a decimal comma'],
  [/(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])/g, 'a space between thousands'],
  [/\d%/g, 'a space before %'],
  [/(?<![\p{L}\d])\d+ ?(?:ms|[kKMGT]i?B)(?!\p{L})/gu, 'a Russian unit: мс, МБ'],
  [/(?<![\p{L}\d])\d+[dhm] \d+[hms](?!\p{L})/gu, 'Russian units: 8 мин 12 с'],
  // Names have capitals or are code; two plain words one after the other are a sentence in English.
  [/(?<![^\s("«])[a-z]{2,}(?: [a-z]{2,})+(?![^\s)"».,:;!?])/g, 'Russian, or `code`'],
];

/** Commands, names and values in Markdown, in HTML and in templates, and addresses: no prose. */
const withoutCode = (text: string): string =>
  text
    .replaceAll(/^( *)```[^]*?^\1```/gm, '`')
    .replaceAll(/`[^`\n]*`|<(code|pre)\b[^]*?<\/\1>|\{\{[^]*?\}\}|\$?\{[^{}]*\}/g, '`')
    .replaceAll(/\]\([^)\s]*\)|https?:\/\/[^\s)]+|<[^<>]*>/g, '`');

/**
 * What is unwelcome in a Russian text (Markdown, HTML or plain), each as «found»: what to write instead; empty for a
 * good text. Words are looked for everywhere, so in comments of a command too; numbers and English in prose alone.
 */
export function unwelcomeInRussian(text: string): readonly string[] {
  const prose = withoutCode(text);
  return [
    ...words.flatMap(([pattern, better]) => foundBy(pattern, text, better)),
    ...FORMS.flatMap(([pattern, better]) => foundBy(pattern, prose, better)),
  ];
}

const foundBy = (pattern: RegExp, text: string, better: string): readonly string[] =>
  (text.match(pattern) ?? []).map((found) => `«${found}»: ${better}`);
