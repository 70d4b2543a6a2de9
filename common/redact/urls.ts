/** Credentials inside URLs. Pure. */

const AFTER_SCHEME = /:\/\/[^\s"'<>`]+/g;
const NEXT_SCHEME = /[A-Za-z][A-Za-z0-9+.-]{0,20}$/;

/**
 * Index of the `@` that ends the user part, or -1. Real passwords hold `@`, `/`, `?` and `#` unencoded, so the LAST
 * `@` counts wherever what stands before it cannot be host:port of a URL that merely has an `@` in its path.
 */
function credentialsEnd(rest: string): number {
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  if (authority.includes('@')) return rest.lastIndexOf('@');
  const port = /:([^:]*)$/.exec(authority)?.[1];
  if (port === undefined || /^\d{1,5}$/.test(port)) return -1;
  return rest.lastIndexOf('@');
}

function maskOne(rest: string): string {
  const at = credentialsEnd(rest);
  return at < 0 ? rest : `[secret]${rest.slice(at)}`;
}

/**
 * `scheme://user:password@host/…` → `scheme://[secret]@host/…`, the user alone too (a Sentry DSN is
 * `https://<key>@host/<project>`).
 */
export function maskUrlCredentials(text: string): string {
  return text.replaceAll(AFTER_SCHEME, (match) => {
    if (!match.includes('@')) return match;
    return match
      .slice(3)
      .split('://')
      .map((part, index, parts) => {
        // In a list "redis://a@h1,redis://b@h2" the tail of one part is the scheme of the next.
        const scheme = index < parts.length - 1 ? (NEXT_SCHEME.exec(part)?.[0] ?? '') : '';
        return `://${maskOne(part.slice(0, part.length - scheme.length))}${scheme}`;
      })
      .join('');
  });
}
