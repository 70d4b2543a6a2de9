/** Credentials inside URLs. Pure. */

const AFTER_SCHEME = /:\/\/[^\s"'<>`]+/g;

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
  // One match may be a list, "redis://a@h1,redis://b@h2".
  return text.replaceAll(AFTER_SCHEME, (match) => match.split('://').map(maskOne).join('://'));
}
