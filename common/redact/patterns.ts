/** Secrets recognised by their shape. Pure. Every pattern begins at a boundary or is bounded, so none backtracks far. */

/** Of two tokens in a row the first would take the number of the second along: the tail goes with it. */
const TELEGRAM_TOKEN = /(?<!\d)\d{6,}(?:(?::|%3A)[A-Za-z0-9_-]{30,})+/gi;
/** What stands after the number and the colon, alone: 35 characters that begin with AA, of every token ever given out. */
const TELEGRAM_TOKEN_TAIL = /(?<![A-Za-z0-9_-])AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g;
const JWT = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g;
const API_KEYS = [
  /(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{16,}/g,
  /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{30,}/g,
  /(?<![A-Za-z0-9])(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|sntry[su]_|[sr]k_(?:live|test)_|ya29\.|hf_)[A-Za-z0-9_-]{16,}/g,
  /(?<![A-Za-z0-9])A[KS]IA[0-9A-Z]{16}(?![A-Za-z0-9])/g,
];
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g;
const BEARER = /(?<![A-Za-z0-9])(bearer)( {1,4}|%20|\+)([A-Za-z0-9._~+/=-]+)/gi;
const BASIC = /(?<![A-Za-z0-9])(basic)( {1,4}|%20|\+)([A-Za-z0-9+/_-]{4,}={0,2})/gi;
/** Words that follow "bearer" in prose and in WWW-Authenticate (RFC 6750, section 3). */
const BEARER_PROSE =
  /^(?:tokens?|auth|authentication|authorization|scheme|realm|error|scope|required|missing|header|is|was|or|and|of|for|in)\b/i;

const looksLikeBasic = (value: string): boolean => {
  const decoded = Buffer.from(value, 'base64').toString('latin1');
  return decoded.includes(':') || value.endsWith('=');
};

export function maskShapes(text: string): string {
  let out = text;
  if (out.includes('PRIVATE KEY')) out = out.replaceAll(PRIVATE_KEY, '[secret]');
  out = out
    .replaceAll(TELEGRAM_TOKEN, '[token]')
    .replaceAll(TELEGRAM_TOKEN_TAIL, '[token]')
    .replaceAll(JWT, '[token]');
  for (const pattern of API_KEYS) out = out.replaceAll(pattern, '[token]');
  return out
    .replaceAll(BEARER, (match, scheme: string, gap: string, value: string) =>
      BEARER_PROSE.test(value) ? match : `${scheme}${gap}[token]`,
    )
    .replaceAll(BASIC, (match, scheme: string, gap: string, value: string) =>
      looksLikeBasic(value) ? `${scheme}${gap}[token]` : match,
    );
}

const EMAIL =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+(?:@|%40)(?:[\p{L}\p{N}-]+\.)+(?:xn--[a-z0-9-]+|\p{L}{2,})/giu;

export function maskEmails(text: string): string {
  return text.includes('@') || text.includes('%40') ? text.replaceAll(EMAIL, '[email]') : text;
}
