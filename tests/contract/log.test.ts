import { execFile } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogging } from '../../common/log/logging.ts';
import type { Logging, LoggingOptions, LogRecord } from '../../common/log/logging.ts';
import { createRedactor } from '../../common/redact/redact.ts';

const SECRET = 'canary-known-secret';
const redactor = createRedactor({ secrets: [SECRET], hashId: () => 'u_0123456789ab' });

let root: string;
let dir: string;
let said: string[];
const open: Logging[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'log-test-'));
  dir = join(root, 'log', 'exporter');
  said = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    said.push(String(chunk));
    return true;
  });
});
afterEach(async () => {
  for (const logging of open.splice(0)) await logging.close();
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

function start(options: Partial<LoggingOptions> = {}): Logging {
  const logging = createLogging({
    service: 'exporter',
    dir,
    level: 'info',
    console: 'none',
    redactor,
    ...options,
  });
  open.push(logging);
  return logging;
}

const lines = (name: string): LogRecord[] =>
  readFileSync(join(dir, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogRecord);
const messages = (name: string): string[] => lines(name).map((line) => line.message);
const parts = (name: string): string[] => readdirSync(dir).filter((file) => file.startsWith(`${name}-`));
const until = async (what: () => boolean): Promise<void> => {
  await vi.waitFor(() => expect(what()).toBe(true), { timeout: 200_000, interval: 10 });
};

describe('where lines go', () => {
  it('sends each kind to its files, from its least level on', async () => {
    const logging = start();
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      logging.logger('poller')[level](`app ${level}`);
      logging.jobs('daily')[level](`job ${level}`);
      logging.audit[level](`audit ${level}`);
      logging.performance[level](`performance ${level}`);
      logging.security[level](`security ${level}`);
    }
    await logging.close();
    const from = (kind: string, levels: readonly string[]): string[] =>
      levels.map((level) => `${kind} ${level}`);
    const all = ['info', 'warn', 'error'];
    const severe = ['warn', 'error'];
    const sorted = (list: string[]): string[] => [...list].sort();
    expect(sorted(messages('app.log'))).toEqual(
      sorted([...from('app', all), ...from('performance', all), ...from('security', severe)]),
    );
    expect(messages('jobs.log')).toEqual(from('job', all));
    expect(sorted(messages('audit.log'))).toEqual(
      sorted([...from('audit', all), ...from('security', severe)]),
    );
  });

  it('writes level, time, module, process, thread, message and fields', async () => {
    const logging = start({ now: () => Date.UTC(2025, 10, 23, 10, 0, 0, 7) });
    logging.logger('poller').warn('slow', { ms: 12 });
    await logging.close();
    expect(lines('app.log')).toEqual([
      {
        level: 'warn',
        time: '2025-11-23T10:00:00.007Z',
        service: 'exporter',
        module: 'poller',
        process: process.pid,
        thread: 0,
        message: 'slow',
        fields: { ms: 12 },
      },
    ]);
  });

  it('makes the folder 0700 and every file 0600', async () => {
    const logging = start();
    logging.logger('a').info('x');
    logging.audit.info('x');
    await logging.close();
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    const files = readdirSync(dir).filter((file) => lstatSync(join(dir, file)).isFile());
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) expect([file, statSync(join(dir, file)).mode & 0o777]).toEqual([file, 0o600]);
  });
});

describe('what a line may hold', () => {
  it('redacts every sink, messages, fields, errors and breadcrumbs', async () => {
    const shown: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      shown.push(String(chunk));
      return true;
    });
    const crumbs: LogRecord[] = [];
    const logging = start({ console: 'json' });
    logging.onBreadcrumb((record) => crumbs.push(record));
    const error = new Error(`refused ${SECRET}`, { cause: new Error('mail a.canary@example.com') });
    const fields = { error, password: 'canary-field', user_id: 4455667788, card: '4111 1111 1111 1111' };
    for (const logger of [logging.logger('a'), logging.jobs('b'), logging.audit, logging.security]) {
      logger.error(`with ${SECRET} and +7 916 123-45-67`, fields);
      logger.error('only an error', error);
    }
    await logging.close();
    const bytes = readdirSync(dir).map((file) => readFileSync(join(dir, file), 'utf8'));
    for (const text of [...bytes, ...shown, JSON.stringify(crumbs)]) {
      for (const secret of ['canary', '4455667788', '4111', '123-45']) expect(text).not.toContain(secret);
    }
    expect(shown).toHaveLength(8);
    expect(crumbs).toHaveLength(8);
    expect(lines('app.log')[0]).toMatchObject({
      message: 'with [secret] and [phone]',
      fields: {
        password: '[secret]',
        user_id: 'u_0123456789ab',
        card: '[card]',
        error: { message: 'refused [secret]' },
      },
    });
    expect(lines('app.log')[1]).toMatchObject({ fields: { error: { cause: { message: 'mail [email]' } } } });
  });

  it('would show the canary without a redactor', async () => {
    const logging = start({ redactor: { text: (text) => text, value: (value) => value } });
    logging.logger('a').info(`with ${SECRET}`);
    await logging.close();
    expect(messages('app.log')).toEqual([`with ${SECRET}`]);
  });

  it('never throws for what it is given', async () => {
    const logging = start();
    const log = logging.logger('a');
    const cycle: Record<string, unknown> = {
      big: 1n,
      get broken(): never {
        throw new Error('no');
      },
    };
    cycle['self'] = cycle;
    log.info('odd', cycle);
    log.info(Symbol('s') as unknown as string);
    log.info(undefined as unknown as string, null as unknown as Record<string, unknown>);
    logging.onBreadcrumb(() => {
      throw new Error('listener');
    });
    log.info('line\nbreak \u001b[31m');
    await logging.close();
    expect(messages('app.log')).toEqual(['odd', 'Symbol(s)', 'undefined', 'line\nbreak \u001b[31m']);
    expect(lines('app.log')[0]?.fields).toEqual({ big: '1', broken: '[unreadable]', self: '[circular]' });
  });
});

describe('rotation', () => {
  it('keeps ten backups besides the current part, app.log pointing at it, and loses no kept line', async () => {
    const logging = start({ maxSizeBytes: 4_096 });
    const log = logging.logger('a');
    for (let i = 0; i < 600; i++) {
      log.info(`line ${i} ${'x'.repeat(100)}`);
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await logging.close();
    expect(parts('app')).toHaveLength(11);
    const current = readlinkSync(join(dir, 'app.log'));
    expect(parts('app')).toContain(current);
    const numbers = parts('app')
      .sort((a, b) => Number(/\.(\d+)\./.exec(a)?.[1] ?? 0) - Number(/\.(\d+)\./.exec(b)?.[1] ?? 0))
      .flatMap((file) => messages(file).map((message) => Number(message.split(' ')[1])));
    expect(numbers.at(-1)).toBe(599);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 600 - numbers.length + i));
    for (const file of parts('app')) expect(statSync(join(dir, file)).size).toBeLessThan(4_096 + 400);
  });

  it('rotates at 10 MiB unless told otherwise', async () => {
    const logging = start();
    const log = logging.logger('a');
    const chunk = 'word '.repeat(4_000);
    for (let i = 0; i < 540; i++) log.info(chunk);
    await logging.close();
    const sizes = parts('app').map((file) => statSync(join(dir, file)).size);
    expect(sizes).toHaveLength(2);
    expect(Math.max(...sizes)).toBeGreaterThan(10 * 1024 * 1024);
    expect(Math.max(...sizes)).toBeLessThan(10 * 1024 * 1024 + 25_000);
  });

  it('continues the current part after a restart', async () => {
    for (const message of ['one', 'two']) {
      const logging = start();
      logging.logger('a').info(message);
      await logging.close();
    }
    expect(messages('app.log')).toEqual(['one', 'two']);
    expect(parts('app')).toHaveLength(1);
  });

  it('deletes audit parts after 30 days, and not before', async () => {
    const first = start();
    first.audit.info('now');
    await first.close();
    const aged = (file: string, days: number): void => {
      const at = Date.now() / 1000 - days * 86_400;
      writeFileSync(join(dir, file), '');
      utimesSync(join(dir, file), at, at);
    };
    aged('audit-2020-01-01.log', 31);
    aged('audit-2020-01-02.3.log', 31);
    aged('audit-2020-01-03.log', 29);
    aged('unrelated.log', 99);
    writeFileSync(join(dir, '.audit-parts.json'), '{"cut off');
    const second = start();
    second.audit.info('later');
    await second.close();
    expect(existsSync(join(dir, 'audit-2020-01-01.log'))).toBe(false);
    expect(existsSync(join(dir, 'audit-2020-01-02.3.log'))).toBe(false);
    expect(existsSync(join(dir, 'audit-2020-01-03.log'))).toBe(true);
    expect(existsSync(join(dir, 'unrelated.log'))).toBe(true);
    expect(messages('audit.log')).toEqual(['now', 'later']);
  });
});

describe('trouble with the disk', () => {
  it('says once that a folder cannot be made, keeps the lines, and writes them when it can', async () => {
    writeFileSync(join(root, 'log'), 'a file in the way');
    let at = 1_000_000;
    const logging = start({ now: () => at, retryMs: 1_000 });
    const log = logging.logger('a');
    for (let i = 0; i < 5; i++) {
      log.info(`line ${i}`);
      at += 1_500;
    }
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`Cannot write ${join(dir, 'app.log')}: `);
    unlinkSync(join(root, 'log'));
    log.info('line 5');
    await until(() => said.length === 2);
    expect(said[1]).toContain('again; 0 lines were lost.');
    await logging.close();
    expect(messages('app.log')).toEqual([0, 1, 2, 3, 4, 5].map((i) => `line ${i}`));
  });

  it('survives a full disk and goes on when there is room', async () => {
    const first = start();
    first.logger('a').info('before');
    await first.close();
    unlinkSync(join(dir, 'app-part.log'));
    symlinkSync('/dev/full', join(dir, 'app-part.log'));
    const shown: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      shown.push(String(chunk));
      return true;
    });
    let at = 1_000_000;
    const logging = start({ now: () => at, retryMs: 1_000, console: 'json' });
    logging.logger('a').info('lost to the full disk');
    await until(() => said.length === 1);
    expect(said[0]).toContain('ENOSPC');
    logging.logger('a').info('waits');
    unlinkSync(join(dir, 'app-part.log'));
    at += 2_000;
    logging.logger('a').info('written');
    await until(() => said.length === 2);
    await logging.close();
    expect(messages('app.log')).toEqual(['waits', 'written']);
    expect(shown).toHaveLength(3);
  });

  it('notices that its file was removed', async () => {
    let at = 1_000_000;
    const logging = start({ now: () => at });
    logging.logger('a').info('one');
    await until(() => existsSync(join(dir, 'app.log')) && messages('app.log').length === 1);
    rmSync(dir, { recursive: true });
    at += 5_000;
    logging.logger('a').info('two');
    await logging.close();
    expect(messages('app.log')).toEqual(['one', 'two']);
    expect(said).toEqual([
      expect.stringContaining('app.log was removed; lines of it that are written again: 1, lost: 0.'),
    ]);
  });

  it('loses nothing that it has written to a folder which is removed just before it ends', async () => {
    const logging = start({ now: () => 1_000_000 });
    logging.logger('a').info('one');
    await until(() => existsSync(join(dir, 'app.log')) && messages('app.log').length === 1);
    rmSync(dir, { recursive: true });
    logging.logger('a').info('two');
    await logging.close();
    expect(messages('app.log')).toEqual(['one', 'two']);
  });

  it('does not hang where no folder can ever be made', async () => {
    const logging = start({ dir: '/proc/nowhere/log' });
    logging.logger('a').info('x');
    await logging.close();
    expect(said[0]).toContain('ENOENT');
  });
});

describe('closing', () => {
  it('has everything on disk within a second, ignores later lines, and lets the process end', async () => {
    const script = `
      import { createLogging } from './common/log/logging.ts';
      import { createRedactor } from './common/redact/redact.ts';
      const logging = createLogging({ service: 'exporter', dir: ${JSON.stringify(dir)}, level: 'info', console: 'pretty',
        redactor: createRedactor({ secrets: [] }), maxSizeBytes: 200000 });
      for (let i = 0; i < 5000; i++) logging.logger('a').info('line ' + i);
      const start = performance.now();
      await Promise.all([logging.close(), logging.close()]);
      logging.logger('a').info('too late');
      process.stderr.write(String(performance.now() - start));
    `;
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { cwd: join(import.meta.dirname, '../..'), timeout: 120_000, maxBuffer: 10_000_000 },
    );
    expect(Number(stderr)).toBeLessThan(1_000);
    const written = parts('app').flatMap(messages);
    expect(new Set(written).size).toBe(5000);
    expect(written).toHaveLength(5000);
    expect(stdout.split('\n')).toHaveLength(5001);
    expect(stdout).toContain('exporter.a');
  });
});
