import { describe, expect, it } from 'vitest';
import { unwelcomeInRussian } from '../../support/documents/russian.ts';

describe('a Russian text', () => {
  it.each([
    ['1 критический сигнал ушли по почте', 'сигнал'],
    ['Слишком много оповещений', 'оповещений'],
    ['Ещё горит (2)', 'горит'],
    ['Мост работает один', 'Мост'],
    ['Заглушек нет', 'Заглушек'],
    ['подробности в журнале', 'журнале'],
    ['Запас ошибок тает', 'Запас'],
    ['Нет отметки: nightly-backup', 'отметки'],
    ['Цепочка алертов молчит', 'Цепочка'],
    ['Экспортер не ответил', 'Экспортер'],
    ['Отчет за вчера', 'Отчет'],
    ['новая настройка экспортёра', 'настройка'],
    ['Redis не отвечает: connection refused', 'connection refused'],
    ['127.0.0.1:6379: nothing listens at this address.', 'nothing listens at this address'],
    ['Ошибок 0.65 %', '0.65'],
    ['Пользователей 1,234', '1,234'],
    ['Занято 98%', '8%'],
    ['Ответ за 541 ms, свободно 500MB', '541 ms'],
    ['Сбой длился 12m 30s', '12m 30s'],
    ['docker ps # журнал', 'журнал'],
  ])('%s: not so', (text, found) => {
    expect(unwelcomeInRussian(text).join('\n')).toContain(`«${found}»`);
  });

  it.each([
    'Активны 4 алерта, из них 1 критический; заглушён 1',
    'Сигнал SIGHUP или `kill -HUP`',
    'Отправлено письмом через запасной канал',
    'Цепочка сертификатов неполна',
    'Контрольные отметки: возраст',
    '21.09.2024, 10.0.0.1, 2.14.0, версии 6.2',
    'Доступность 99,9 %, 1 234 записи, 22 221 ₽',
    'Подождите: `docker compose logs --tail 50 exporter`, <code>connection refused</code>',
    'Google AI не отвечает, Telegram Bot API отвечает; alert-bridge и nginx работают',
    '{{ $value | humanize }} запросов, [подробнее](../operations.md#more-than-one-bridge)',
    '```bash\nawk "$NF > 0.5" access log file\n```',
    'Память ремонтируется, мостовая горизонтальна',
  ])('%s: well', (text) => {
    expect(unwelcomeInRussian(text)).toEqual([]);
  });
});
