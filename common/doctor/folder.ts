import { accessSync, constants, existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { thresholds } from '../thresholds.ts';
import { ok, wrong, type Check } from './check.ts';

/** A folder of STATE_DIR or LOG_DIR can be written, or made. Nothing is: the services that run there hold its locks. */
export function folderCheck(variable: 'STATE_DIR' | 'LOG_DIR', path: string): Check {
  return {
    section: 'Files',
    name: variable,
    look: async () => {
      const folder = resolve(path);
      const nearest = nearestOf(folder);
      try {
        accessSync(nearest, constants.W_OK | constants.X_OK);
      } catch {
        return wrong(
          `${nearest} may not be written by this user (uid ${process.getuid?.() ?? 'unknown'})`,
          `Give it to that user: chown ${process.getuid?.() ?? 'USER'} ${nearest}; or set ${variable} to another folder.`,
        );
      }
      const { bavail, bsize } = await statfs(nearest);
      const free = bavail * bsize;
      const text = `${folder}, ${(free / 1e9).toFixed(1)} GB free`;
      if (free >= thresholds.diskFreeMinBytes.value) return ok(text);
      return wrong(text, 'Make room on that disk: less than 1 GB is free.');
    },
  };
}

const nearestOf = (folder: string): string =>
  existsSync(folder) || folder === dirname(folder) ? folder : nearestOf(dirname(folder));
