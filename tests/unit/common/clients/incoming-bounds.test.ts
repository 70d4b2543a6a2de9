import { describe, expect, it } from 'vitest';
import { createReplyScan } from '../../../../common/clients/redis.ts';
import { createAnswerScan } from '../../../../exporter/postgres/answer-bounds.ts';
import type { Scan } from '../../../../common/clients/incoming-bounds.ts';

/** In one piece, and a byte at a time: both must find the same. */
function problemIn(create: () => Scan, bytes: Buffer): string | undefined {
  const whole = create()(bytes);
  const scan = create();
  let pieces: string | undefined;
  for (let at = 0; at < bytes.length && pieces === undefined; at += 1)
    pieces = scan(bytes.subarray(at, at + 1));
  expect(pieces).toBe(whole);
  return whole;
}

describe('replies of Redis', () => {
  const problem = (text: string): string | undefined =>
    problemIn(createReplyScan, Buffer.from(text, 'latin1'));

  it.each([
    ['a status, an error and a number', '+OK\r\n-ERR no\r\n:42\r\n'],
    ['bulk strings that hold anything', '$5\r\n*9\r\n!\r\n$0\r\n\r\n$-1\r\n'],
    ['arrays', '*2\r\n*-1\r\n*3\r\n:1\r\n*0\r\n$1\r\na\r\n+OK\r\n'],
    ['arrays one after the other', '*2\r\n:1\r\n*1\r\n:2\r\n'.repeat(100)],
    ['arrays 16 deep', `${'*1\r\n'.repeat(16)}:1\r\n${'*1\r\n'.repeat(16)}:1\r\n`],
  ])('pass: %s', (_case, text) => {
    expect(problem(text)).toBeUndefined();
  });

  it.each([
    ['100,000 nested arrays', '*1\r\n'.repeat(100_000), 'nested more than 16 deep'],
    ['an array of four thousand million', '*4000000000\r\n', 'an array of more than 1000000 elements'],
    ['a length that is none', '$abc\r\n', 'of no length'],
    ['a negative length', '*-5\r\n', 'of no length'],
    ['a length of many digits', `$${'9'.repeat(70_000)}\r\n`, 'a line of more than 65536 bytes'],
    ['an endless line', `+${'a'.repeat(70_000)}`, 'a line of more than 65536 bytes'],
    ['a line that only seems to end', '+OK\rX', 'a line without an end'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n', 'of no kind that Redis sends'],
  ])('do not pass: %s', (_case, text, sentence) => {
    expect(createReplyScan()(Buffer.from(text, 'latin1'))).toBe(sentence);
    if (text.length < 1_000) problem(text);
  });
});

describe('messages of PostgreSQL', () => {
  const message = (code: string, body: Buffer | string, length = body.length + 4): Buffer => {
    const header = Buffer.alloc(5);
    header.write(code);
    header.writeUInt32BE(length, 1);
    return Buffer.concat([header, Buffer.from(body as string)]);
  };
  const problem = (...messages: readonly Buffer[]): string | undefined =>
    problemIn(createAnswerScan, Buffer.concat(messages));

  it('pass: what a server sends', () => {
    const error = message('E', 'SERROR\0C42P01\0Mno table\0\0');
    const row = message('D', Buffer.from([0, 1, 0, 0, 0, 1, 0x61]));
    expect(problem(error, row, message('N', '\0'), message('Z', 'I'), message('1', ''))).toBeUndefined();
  });

  it.each([
    [
      'an error without an end, which pg reads for ever',
      message('E', 'SERROR\0'),
      'a list of fields without an end',
    ],
    ['an error that ends within a text', message('E', 'SERR'), 'a list of fields without an end'],
    ['an empty error', message('E', ''), 'a list of fields without an end'],
    ['a row of 1 GB', message('D', '', 1_000_000_000), 'a message of more than 67108864 bytes'],
    ['a message of no length', message('D', '', 0), 'a message of no length'],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n'), 'a message of more than 67108864 bytes'],
  ])('do not pass: %s', (_case, bytes, sentence) => {
    expect(problem(bytes)).toBe(sentence);
  });
});
