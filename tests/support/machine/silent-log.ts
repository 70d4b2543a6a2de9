import type { Logger } from '../../../common/log/record.ts';

/** For what is tested without its log. */
export const silentLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
