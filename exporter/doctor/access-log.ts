/** nginx's access log can be read, by which group, and its lines are of the configured format. */
import { open, readdir, stat } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { leftOut, ok, wrong, type Check, type Finding } from '../../common/doctor/check.ts';
import { say, type Reason } from '../../common/reasons/reason.ts';
import type { AccessLogOptions } from '../access-log/collector.ts';
import { describeError } from '../access-log/errors.ts';
import { parserOf } from '../access-log/reader.ts';
import { emptyRequest } from '../access-log/request.ts';
import { ProbeError } from '../model/collector.ts';

const TAIL_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

export function accessLogCheck(options: AccessLogOptions, disabledReason: Reason | undefined): Check {
  const { path } = options;
  return {
    section: 'Files',
    name: 'NGINX_ACCESS_LOG',
    look: async () => {
      if (path === undefined) return leftOut('NGINX_ACCESS_LOG is not set');
      if (disabledReason !== undefined) return leftOut(say([disabledReason], 'en'));
      try {
        // Rotated files are looked for beside it.
        await readdir(dirname(path));
        return judge(path, options, await readTail(path));
      } catch (error) {
        const described = describeError(path, error);
        if (!(described instanceof ProbeError)) throw described;
        return wrong(described.message, await whoMayRead(path));
      }
    },
  };
}

function judge(path: string, options: AccessLogOptions, tail: Buffer): Finding {
  const parse = parserOf(options);
  const request = emptyRequest();
  let [lines, understood] = [0, 0];
  // The first line may be cut.
  let start = tail.indexOf(NEWLINE) + 1;
  for (let end = tail.indexOf(NEWLINE, start); end !== -1; end = tail.indexOf(NEWLINE, start)) {
    lines += 1;
    if (parse(tail, start, end, request)) understood += 1;
    start = end + 1;
  }
  if (lines === 0 || understood > 0)
    return ok(`${path}, ${understood} of the last ${lines} lines understood`);
  return wrong(
    `none of the last ${lines} lines of ${path} is in the format ${options.format}`,
    "Set access_log.format in exporter/config.yml to that of nginx's log_format.",
  );
}

async function readTail(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from);
    const tail = buffer.subarray(0, bytesRead);
    return from === 0 ? Buffer.concat([Buffer.from('\n'), tail]) : tail;
  } finally {
    await file.close();
  }
}

async function whoMayRead(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    return 'Name the file that nginx writes in NGINX_ACCESS_LOG, and mount its folder in Docker.';
  const group = groupName(found.gid);
  return `Make this user a member of the group ${group}; in Docker: group_add: ['${found.gid}'].`;
}

function groupName(gid: number): string {
  try {
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((one) => one.split(':')[2] === String(gid));
    return line === undefined ? String(gid) : `${line.split(':')[0]} (${gid})`;
  } catch {
    return String(gid);
  }
}
