/** Payment cards and telephone numbers among the many other digits of a log. Pure. */

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const GAP = String.raw`[ \u00a0\u2009\u202f-]`;
const DIGIT_GROUPS = new RegExp(
  `${UUID}|(?<![0-9A-Za-z.])\\d+(?:${GAP}\\d+)*(?![0-9A-Za-z])(?!\\.\\d)`,
  'gi',
);
const ONE_GROUP = /\d+/g;
const MIN_CARD_DIGITS = 13;
const MAX_CARD_DIGITS = 19;

/** Check digit of ISO/IEC 7812-1: without it every tenth id or byte count would still pass, with none most would. */
function isLuhnValid(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/**
 * No payment scheme issues numbers beginning with 0 or 1 (ISO/IEC 7812 gives them to airlines), while every Unix
 * time in milli-, micro- and nanoseconds and every Telegram supergroup id begins with 1.
 */
const isCard = (digits: string): boolean =>
  digits.length >= MIN_CARD_DIGITS &&
  digits.length <= MAX_CARD_DIGITS &&
  /^[2-9]/.test(digits) &&
  isLuhnValid(digits);

interface Group {
  readonly digits: string;
  readonly start: number;
}

/** End of the longest run of groups from `first` that is a card, in characters; undefined: none begins here. */
function cardEnd(groups: readonly Group[], first: number): { last: number; end: number } | undefined {
  let digits = '';
  let found: { last: number; end: number } | undefined;
  for (let i = first; i < groups.length; i++) {
    const group = groups[i];
    // A card is printed 4-4-4-4, 4-6-5, 6-13…: single digits side by side are a list of figures.
    if (group === undefined || group.digits.length < (i === first ? 4 : 2)) break;
    digits += group.digits;
    if (digits.length > MAX_CARD_DIGITS) break;
    if (isCard(digits)) found = { last: i, end: group.start + group.digits.length };
  }
  return found;
}

export function maskCards(text: string): string {
  return text.replaceAll(DIGIT_GROUPS, (run) => {
    if (run.length < MIN_CARD_DIGITS || /[a-f]/i.test(run)) return run;
    const groups: Group[] = [...run.matchAll(ONE_GROUP)].map((m) => ({ digits: m[0], start: m.index }));
    if (/^\d{8}-(?:\d{4}-){3}\d{12}$/.test(run)) return run;
    let out = '';
    let copied = 0;
    for (let i = 0; i < groups.length; i++) {
      const card = cardEnd(groups, i);
      const start = groups[i]?.start ?? 0;
      if (card === undefined) continue;
      out += `${run.slice(copied, start)}[card]`;
      copied = card.end;
      i = card.last;
    }
    return out + run.slice(copied);
  });
}

const E164_MIN_DIGITS = 10;
const E164_MAX_DIGITS = 15;
const INTERNATIONAL = /(?<![\w+.])(?:\+|%2B)[1-9][\d ()\u00a0.-]{8,20}\d(?!\d)/gi;
/** Domestic Russian notation, 8 (916) 123-45-67: only with its punctuation, because eleven bare digits are an id. */
const DOMESTIC = /(?<![\w.+-])[78][ -]?\(?\d{3}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}(?![\w-]|\.\d)/g;

export function maskPhones(text: string): string {
  return text
    .replaceAll(INTERNATIONAL, (match) => {
      const digits = match.replace(/^%2B/i, '').replaceAll(/\D/g, '').length;
      return digits >= E164_MIN_DIGITS && digits <= E164_MAX_DIGITS ? '[phone]' : match;
    })
    .replaceAll(DOMESTIC, (match) =>
      match.includes('(') || (match.match(/[ -]/g) ?? []).length >= 2 ? '[phone]' : match,
    );
}
