import type { IncomingMessage } from 'node:http';
import { Busboy } from '@fastify/busboy';
import { badRequest } from './api-error.ts';

const maxBodyBytes = 50 * 1024 * 1024;

export interface UploadedFile {
  name: string;
  bytes: Uint8Array;
}

/** Parameters of one call, whatever encoding they came in; numbers and objects may arrive as strings. */
export class Params {
  readonly values: Record<string, unknown>;
  readonly files: Map<string, UploadedFile>;

  constructor(values: Record<string, unknown>, files = new Map<string, UploadedFile>()) {
    this.values = values;
    this.files = files;
  }

  raw(name: string): unknown {
    return this.values[name];
  }

  string(name: string): string {
    const value = this.values[name];
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw badRequest(`field "${name}" must be of type String`);
  }

  /** Undefined when absent; 400 when it is no whole number. */
  integer(name: string): number | undefined {
    const text = this.string(name).trim();
    if (text === '') return undefined;
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw badRequest(`${name} must be a valid Integer`);
    return value;
  }

  boolean(name: string): boolean {
    return ['true', '1', 'yes'].includes(this.string(name).toLowerCase());
  }

  /** An object or a list; a string is read as JSON. */
  json(name: string): unknown {
    const value = this.values[name];
    if (typeof value !== 'string') return value ?? undefined;
    if (value.trim() === '') return undefined;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw badRequest(`can't parse ${name} JSON object`);
    }
  }

  /** For the log: every value as it came, files by name and size. */
  forLog(): Record<string, unknown> {
    const files = [...this.files].map(([field, { name, bytes }]) => [
      field,
      `[file ${name}, ${bytes.byteLength} bytes]`,
    ]);
    const { secret_token: _secret, ...values } = this.values;
    return { ...values, ...(Object.fromEntries(files) as Record<string, string>) };
  }
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) throw badRequest('request body is too big');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads query string and body: JSON, urlencoded or multipart, as the Bot API takes them. */
export async function readParams(request: IncomingMessage, query: URLSearchParams): Promise<Params> {
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  const fromQuery = Object.fromEntries(query);
  if (body.byteLength === 0) return new Params(fromQuery);
  if (type.startsWith('application/json')) return new Params({ ...fromQuery, ...readJson(body) });
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return new Params({ ...fromQuery, ...Object.fromEntries(new URLSearchParams(body.toString())) });
  }
  if (!type.startsWith('multipart/form-data')) throw badRequest(`unsupported Content-Type "${type}"`);
  return readForm(body, type, fromQuery);
}

/** telegraf writes neither a space after a part's header names nor a line end after the last boundary. */
function readForm(body: Buffer, type: string, values: Record<string, unknown>): Promise<Params> {
  const files = new Map<string, UploadedFile>();
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      const reason = error instanceof Error ? error.message : String(error);
      reject(badRequest(`can't parse multipart form: ${reason}`));
    };
    const form = new Busboy({ headers: { 'content-type': type }, limits: { fieldSize: maxBodyBytes } });
    form.on('field', (name, value) => {
      values[name] = value;
    });
    form.on('file', (name, stream, fileName) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => files.set(name, { name: fileName, bytes: Buffer.concat(chunks) }));
    });
    form.on('finish', () => resolve(new Params(values, files)));
    form.on('error', fail);
    form.end(body);
  });
}

function readJson(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw badRequest("can't parse JSON object");
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('object expected as request body');
  }
  return value as Record<string, unknown>;
}
