/** Makes texts unreadable in log files, while they are written or not. */
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const ASTERISK = '*'.charCodeAt(0);

/**
 * Overwrites each text with as many asterisks wherever it stands alone, in every part of every log of a folder. Places and
 * lengths stay, so that a service may append to the file meanwhile.
 * @returns how many there were
 * @throws the error of a file that cannot be read or written
 */
export function maskInLogs(folder: string, texts: readonly string[]): number {
  const needles = texts.map((text) => Buffer.from(text, 'utf8'));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isFile())
    .reduce((count, path) => count + maskInFile(path, needles), 0);
}

function maskInFile(path: string, needles: readonly Buffer[]): number {
  const content = readFileSync(path);
  const places = needles.flatMap((needle) =>
    placesOf(needle, content).map((at) => ({ at, length: needle.length })),
  );
  if (places.length === 0) return 0;
  const file = openSync(path, 'r+');
  try {
    for (const { at, length } of places) writeSync(file, Buffer.alloc(length, ASTERISK), 0, length, at);
  } finally {
    closeSync(file);
  }
  return places.length;
}

function placesOf(needle: Buffer, content: Buffer): readonly number[] {
  const isInside = /^\d+$/.test(needle.toString()) ? isDigit : isWordByte;
  const places: number[] = [];
  for (let at = content.indexOf(needle); at >= 0; at = content.indexOf(needle, at + needle.length))
    if (!isInside(content[at - 1]) && !isInside(content[at + needle.length])) places.push(at);
  return places;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** Bytes from 0x80 belong to letters that are not Latin, or nearly always. */
const isWordByte = (byte: number | undefined): boolean =>
  byte !== undefined && (byte >= 0x80 || /\w/.test(String.fromCharCode(byte)));
