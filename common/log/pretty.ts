/** One log line for a person at a terminal. Pure. */
import { inspect } from 'node:util';
import type { LogLevel, LogRecord } from './record.ts';

/** SGR colours, https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ */
const COLOURS: Readonly<Record<LogLevel, number>> = { error: 31, warn: 33, info: 32, debug: 90 };
const GREY = 90;

const colour = (code: number, text: string): string => `\u001b[${code}m${text}\u001b[39m`;

/** Control characters of a hostile message must not move the cursor or recolour the terminal. */
const printable = (text: string): string => text.replaceAll(/[^\P{Cc}\t\n]/gu, '·');

function stackOf(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null || !('error' in fields)) return '';
  const { error } = fields;
  if (typeof error !== 'object' || error === null || !('stack' in error)) return '';
  return typeof error.stack === 'string' ? error.stack : '';
}

/** `12:34:56.789 info  exporter.poller  message { fields }`, an error's stack below it. */
export function prettyLine(record: LogRecord): string {
  const time = colour(GREY, record.time.slice(11, 23));
  const level = colour(COLOURS[record.level], record.level.padEnd(5));
  const head = `${time} ${level} ${colour(GREY, `${record.service}.${record.module}`)} ${printable(record.message)}`;
  if (record.fields === undefined) return head;
  const stack = stackOf(record.fields);
  const rest = stack === '' ? record.fields : { ...record.fields, error: '(below)' };
  const fields = printable(inspect(rest, { depth: 6, breakLength: Infinity, compact: true }));
  return `${head} ${colour(GREY, fields)}${stack === '' ? '' : `\n${printable(stack)}`}`;
}
