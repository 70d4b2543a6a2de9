/** What may be in the place of a log, and in a log: files written here, as nginx would write them. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite } from '../../common/state/sqlite.ts';
import { watchLog, type Watched } from '../support/exporter/access-log.ts';

let folder: string;
let log: string;
const opened: Watched[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'access-log-'));
  log = join(folder, 'access.log');
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  rmSync(folder, { recursive: true, force: true });
});

const stateFile = (): string => join(folder, 'state.sqlite');
function watch(...more: [format?: Parameters<typeof watchLog>[2], elapsedMs?: () => number]): Watched {
  const watched = watchLog(log, stateFile(), ...more);
  opened.push(watched);
  return watched;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
function line(n: number, at = Date.now(), status = 200): string {
  const [date = '', time = ''] = new Date(at).toISOString().split(/[T.]/);
  const [year, month, day] = date.split('-');
  const local = `${day}/${MONTHS[Number(month) - 1]}/${year}:${time} +0000`;
  return `203.0.113.7 - - [${local}] "GET /page/${n} HTTP/1.1" ${status} 612 "-" "test ${n}"\n`;
}
let written = 0;
const write = (count: number, to = log, at?: number): void =>
  appendFileSync(to, Array.from({ length: count }, () => line((written += 1), at)).join(''));

describe('a first start', () => {
  it('begins at the end of a log that is there, and knows no figures yet', async () => {
    write(3);
    const watched = watch();
    expect(await watched.run()).toMatchObject({
      total: 0,
      error: undefined,
      details: { requests_per_minute: null, error_rate: null },
    });
    write(2);
    expect(await watched.run()).toMatchObject({
      total: 2,
      details: { requests_per_minute: 2, error_rate: 0 },
    });
  });

  it('waits for a log that is not there yet, and reads all of it', async () => {
    const watched = watch();
    const sentence = `there is no file ${log}: check NGINX_ACCESS_LOG, and that nginx writes its access log there`;
    expect(await watched.run()).toMatchObject({ error: sentence, details: { requests_per_minute: null } });
    expect((await watched.run()).error).toBe(sentence);
    write(2);
    expect(await watched.run()).toMatchObject({ total: 2, error: undefined });
  });

  it.each(['no such folder', 'a file for a folder'])('says so: %s', async (what) => {
    if (what === 'a file for a folder') writeFileSync(join(folder, 'x'), '');
    log = join(folder, 'x', 'access.log');
    const watched = watch();
    expect((await watched.run()).error).toContain(`there is no file ${log}`);
    expect((await watched.run()).error).toContain(`there is no file ${log}`);
  });
});

describe('lines', () => {
  it('are counted once they are whole', async () => {
    write(1);
    const watched = watch();
    await watched.run();
    const [whole, half] = [line(2), line(3)];
    appendFileSync(log, whole + half.slice(0, 40));
    expect((await watched.run()).total).toBe(1);
    expect((await watched.run()).total).toBe(1);
    appendFileSync(log, half.slice(40));
    expect(await watched.run()).toMatchObject({ total: 2, unparsed: 0 });
  });

  it('of rubbish are told, and disturb nothing', async () => {
    write(1);
    const watched = watch();
    await watched.run();
    appendFileSync(log, Buffer.from([0, 255, 34, 91, 10, 13, 10, 10]));
    write(1);
    appendFileSync(log, Buffer.from(`${'\0'.repeat(4096)}\n`));
    write(1);
    expect(await watched.run()).toMatchObject({ total: 2, unparsed: 4, error: undefined });
  });

  it('of a megabyte are read; beyond any request they are skipped, over restarts too', async () => {
    write(1);
    await watch().run();
    const long = line(2).replace('test 2', 'x'.repeat(1_000_000));
    appendFileSync(log, `${long}${line(3)}${'y'.repeat(3_000_000)}`);
    expect(await watch().run()).toMatchObject({ total: 2, unparsed: 1 });
    appendFileSync(log, 'z'.repeat(3_000_000));
    expect(await watch().run()).toMatchObject({ total: 2, unparsed: 1 });
    appendFileSync(log, `\n${line(4)}`);
    expect(await watch().run()).toMatchObject({ total: 3, unparsed: 1 });
  });

  it('of another format are told after twenty, until one is understood', async () => {
    write(1);
    const watched = watch({ format: 'combined_time' });
    await watched.run();
    write(19);
    expect(await watched.run()).toMatchObject({ unparsed: 19, error: undefined });
    write(1);
    expect((await watched.run()).error).toBe(
      `the last 20 lines of ${log} are not in the format combined_time: set access_log.format to that of nginx's log_format`,
    );
    appendFileSync(log, line(0).replace('\n', ' 0.1\n'));
    expect(await watched.run()).toMatchObject({ total: 1, error: undefined });
  });
});

describe('a backlog', () => {
  it('is counted, and is no burst', async () => {
    const hourAgo = Date.now() - 3_600_000;
    write(1, log, hourAgo);
    await watch().run();
    write(1_000, log, hourAgo);
    write(5);
    expect(await watch().run()).toMatchObject({ total: 1_005, details: { requests_per_minute: 5 } });
  });

  it('is read over several runs when it takes long, and figures are unknown meanwhile', async () => {
    write(1);
    // A second for every look at the clock: time for two or three chunks a run.
    let ms = 0;
    const watched = watch({}, () => (ms += 1_000));
    await watched.run();
    write(3_000);
    const totals: number[] = [];
    let last = await watched.run();
    while (last.total < 3_000 && totals.length < 20) {
      expect(last.details).toEqual({ requests_per_minute: null, error_rate: null });
      totals.push(last.total);
      last = await watched.run();
    }
    expect(totals.length).toBeGreaterThan(0);
    expect(totals).toEqual([...new Set(totals)]);
    expect(last).toMatchObject({ total: 3_000, error: undefined });
  });
});

describe('what is no loss', () => {
  it('a log that is gone for a moment while it is rotated', async () => {
    write(1);
    const watched = watch();
    await watched.run();
    write(2);
    renameSync(log, `${log}.1`);
    expect(await watched.run()).toMatchObject({ total: 2, error: undefined });
    // nginx has not reopened its log yet.
    write(3, `${log}.1`);
    expect(await watched.run()).toMatchObject({ total: 5, error: undefined });
    write(4);
    expect(await watched.run()).toMatchObject({ total: 9, error: undefined });
  });

  it('a rotated log that a worker still writes to while another has reopened it', async () => {
    write(1);
    const watched = watch();
    await watched.run();
    renameSync(log, `${log}.1`);
    write(1);
    write(1, `${log}.1`);
    expect((await watched.run(0)).total).toBe(1);
    write(1, `${log}.1`);
    expect((await watched.run(0)).total).toBe(2);
    expect((await watched.run()).total).toBe(3);
  });

  it('an inode that is used again, and files beside the log that are none of its own', async () => {
    write(1);
    const watched = watch();
    await watched.run();
    for (const name of ['access.log.old', 'access.log.1.txt', 'access.logs.1', 'other.log.1'])
      write(7, join(folder, name));
    copyFileSync(log, `${log}.1`);
    truncateSync(log);
    write(9);
    expect(await watched.run()).toMatchObject({ total: 9, error: undefined });
  });

  it('a compressed file that is cut off: what can be read of it counts', async () => {
    write(1);
    await watch().run();
    write(200);
    renameSync(log, `${log}.1`);
    execFileSync('gzip', [`${log}.1`]);
    write(2);
    truncateSync(`${log}.1.gz`, 600);
    const { total, error } = await watch().run();
    expect(error).toBeUndefined();
    expect(total).toBeGreaterThan(2);
    expect(total).toBeLessThan(202);
  });
});

describe('what is lost is told', () => {
  it('once, when the log was emptied', async () => {
    write(9);
    const watched = watch();
    await watched.run();
    truncateSync(log);
    write(2);
    expect(await watched.run()).toMatchObject({
      total: 2,
      error: `${log} was rotated or emptied, and the rest of what was read last is gone: its last lines may not be counted`,
    });
    write(1);
    expect(await watched.run()).toMatchObject({ total: 3, error: undefined });
  });

  it('and what came after it is read', async () => {
    write(1);
    await watch().run(-1_000);
    rmSync(log);
    write(2, `${log}.2`);
    write(3, `${log}.1`);
    write(4);
    expect(await watch().run()).toMatchObject({
      total: 9,
      error: expect.stringContaining('is gone') as string,
    });
  });
});

describe('what cannot be used', () => {
  it('a pipe, as images of nginx have: nobody waits for it', async () => {
    execFileSync('mkfifo', [log]);
    expect((await watch().run()).error).toBe(`${log} is not a file: let nginx write its access log to one`);
  });
  it('a folder', async () => {
    mkdirSync(log);
    expect((await watch().run()).error).toBe(`${log} is not a file: let nginx write its access log to one`);
  });
  it('a log that may not be read', async () => {
    write(1);
    chmodSync(log, 0o000);
    chmodSync(folder, 0o777);
    const isRoot = process.geteuid?.() === 0;
    const watched = watch();
    try {
      if (isRoot) process.seteuid?.(65_534);
      expect((await watched.run()).error).toBe(
        `${log} may not be read (EACCES): let this user read it and its folder, on Debian as a member of the group adm`,
      );
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
  it('a folder in the place of its own file is set aside, said so, and counting begins', async () => {
    write(1);
    mkdirSync(stateFile());
    const watched = watch();
    expect((await watched.run()).error).toBeUndefined();
    expect(watched.said.join()).toMatch(/state\.sqlite was damaged and is now .*state\.sqlite\.damaged-/);
    write(2);
    expect((await watched.run()).total).toBe(2);
  });
  it('a damaged file of its own is set aside, said so, and begun anew', async () => {
    write(1);
    writeFileSync(stateFile(), 'no database, but some text that is long enough to be read as one');
    const watched = watch();
    expect(await watched.run()).toMatchObject({ total: 0, error: undefined });
    expect(watched.said.join()).toMatch(/state\.sqlite was damaged and is now .*state\.sqlite\.damaged-/);
    write(2);
    expect((await watched.run()).total).toBe(2);
  });
});

it('goes on at the place that release 0.1.0 has kept', async () => {
  write(1);
  const first = watch();
  await first.run();
  write(2);
  expect((await first.run()).total).toBe(2);
  first.close();
  const database = openSqlite(stateFile());
  const { json } = database.prepare('SELECT json FROM state').get() as { json: string };
  const older = json.replace('"mtimeMs"', '"readAt"');
  expect(older).not.toBe(json);
  database.prepare('UPDATE state SET json = ?').run(older);
  database.close();
  write(3);
  expect(await watch().run()).toMatchObject({ total: 5, error: undefined });
});

it('another log is begun anew, at its end', async () => {
  write(1);
  await watch().run();
  write(5);
  expect((await watch().run()).total).toBe(5);
  log = join(folder, 'other.log');
  write(3);
  expect((await watch().run()).total).toBe(0);
});
