/**
 * Paths without what they may hold of people: a piece is kept when the program itself has written it, all others become
 * `*`. Pure.
 */

/** Of our own routes, and of the interfaces that we call. */
const OWN_PIECES: ReadonlySet<string> = new Set(
  [
    'webhooks alertmanager grafana sentry api v1 v1beta v2 events checkins start fail log signals - healthy ready reload',
    'metrics health celery daily',
    'alerts silences silence status query query_range models compatible-mode envelope',
    // Telegram's, once the token is out of it.
    'bot[token]',
  ].flatMap((line) => line.split(' ')),
);
const TELEGRAM_METHOD = /^(?:get|set|send|edit|delete|answer)[A-Z][A-Za-z]{1,40}$/;
/** `:id`, `*` and `[secret]`: stands for something already. */
const PLACEHOLDER = /^(?::[A-Za-z_]\w{0,40}|\*\w{0,40}|\[\w{1,10}\])$/;
/** What may stand in the pattern of a route; ids are no such words. */
const WORD = /^[A-Za-z][A-Za-z_-]{0,40}$/;

export interface PathOrigin {
  /** It is the pattern of a route: its words are of the program. */
  readonly isRoute: boolean;
}

// `POST /orders/7?a=b` becomes `POST /*/*`.
/** Of a URL the scheme and the host stay, the query goes. Text without a path stays as it is. */
export function withoutIds(text: string, { isRoute }: PathOrigin): string {
  return text
    .split(/(\s)/)
    .map((token) =>
      token.startsWith('/') || token.includes('://') ? withoutIdsInPath(token, isRoute) : token,
    )
    .join('');
}

function withoutIdsInPath(token: string, isRoute: boolean): string {
  const end = token.search(/[?#]/);
  const whole = end < 0 ? token : token.slice(0, end);
  const scheme = whole.indexOf('://');
  const start = scheme < 0 ? 0 : indexOrEnd(whole, '/', scheme + 3);
  const pieces = whole.slice(start).split('/');
  return whole.slice(0, start) + pieces.map((piece) => (isKept(piece, isRoute) ? piece : '*')).join('/');
}

function indexOrEnd(text: string, part: string, from: number): number {
  const at = text.indexOf(part, from);
  return at < 0 ? text.length : at;
}

const isKept = (piece: string, isRoute: boolean): boolean =>
  piece === '' ||
  OWN_PIECES.has(piece) ||
  TELEGRAM_METHOD.test(piece) ||
  PLACEHOLDER.test(piece) ||
  (isRoute && WORD.test(piece));
