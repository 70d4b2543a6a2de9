/** What may go wrong with the log, and with the file beside it, as sentences for the operator. */
import { logged, ProbeError, type Observation } from '../model/collector.ts';

const MISSING = ['ENOENT', 'ENOTDIR'];
const FORBIDDEN = ['EACCES', 'EPERM'];

export const missing = (path: string): string =>
  `there is no file ${path}: check NGINX_ACCESS_LOG, and that nginx writes its access log there`;

/** Of the file system; anything else comes back as it is. */
export function describeError(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof ProbeError || code === undefined) return error;
  if (MISSING.includes(code)) return new ProbeError(logged(missing(path)), { cause: error });
  const sentence = FORBIDDEN.includes(code)
    ? `${path} may not be read (${code}): let this user read it and its folder, on Debian as a member of the group adm`
    : `${path} cannot be read (${code})`;
  return new ProbeError(logged(sentence), { cause: error });
}

/** @param observation What is known although it cannot be kept. @throws ProbeError in place of what SQLite throws. */
export function keeping<T>(stateFile: string, work: () => T, observation?: Observation): T {
  try {
    return work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new ProbeError(
      logged(
        `${stateFile} cannot be used (${code}): make it writable and its disk less full, or move it away`,
      ),
      { cause: error, ...(observation === undefined ? {} : { observation }) },
    );
  }
}

/** @returns undefined when nothing has the name that was asked for. @throws whatever else `asked` rejects with. */
export const ifThere = <T>(asked: Promise<T>): Promise<T | undefined> => unless(MISSING, asked);

/** @returns undefined when it may not be read. @throws whatever else `asked` rejects with. */
export const ifAllowed = <T>(asked: Promise<T>): Promise<T | undefined> => unless(FORBIDDEN, asked);

async function unless<T>(codes: readonly string[], asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
