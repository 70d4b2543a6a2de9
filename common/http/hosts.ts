/** By which names a service may be asked. Pure. */
import ipaddr from 'ipaddr.js';

/** True for the value of a Host header that names this service. */
export type KnowsHost = (host: string | undefined) => boolean;

/** Reserved for hosts that are not on the Internet: nobody outside can make such a name lead anywhere (RFC 6761; ICANN, 2024). */
const LOCAL_DOMAINS = ['localhost', 'internal'];

/** Any name at all. */
export const ANY_HOST = '*';

/**
 * A page on the Internet can make its own name lead to 127.0.0.1 (DNS rebinding): the browser of whoever looks at it then asks
 * us and shows the page the answer. It still says in Host which name it asked. Known are those that nobody outside can
 * make lead here: addresses, names without a dot, local domains, and the ones that are given.
 * @param names of hosts; `.example.com` stands for that domain and everything below it, `*` for any name
 */
export function createKnownHosts(names: readonly string[]): KnowsHost {
  const given = names.map((name) => name.toLowerCase());
  const exact = new Set(given.map((name) => name.replace(/^\./, '')));
  const domains = [
    ...LOCAL_DOMAINS.map((name) => `.${name}`),
    ...given.filter((name) => name.startsWith('.')),
  ];
  return (header) => {
    // Only a program that speaks HTTP/1.0 says none: no browser does.
    if (header === undefined || exact.has(ANY_HOST)) return true;
    const name = nameOf(header);
    if (name === undefined) return false;
    return (
      ipaddr.isValid(name) ||
      !name.includes('.') ||
      exact.has(name) ||
      domains.some((domain) => name.endsWith(domain))
    );
  };
}

const HOST = /^(?:\[(?<six>[0-9a-f:.]+)\]|(?<name>[a-z0-9._-]+?)\.?)(?::\d{0,5})?$/i;

/** Without port and final dot, in lower case; undefined when it is no host. */
function nameOf(header: string): string | undefined {
  const groups = HOST.exec(header.trim())?.groups;
  return (groups?.['six'] ?? groups?.['name'])?.toLowerCase();
}

/** The host of a URL; none for undefined. */
export const hostsOf = (...urls: readonly (string | undefined)[]): readonly string[] =>
  urls.flatMap((url) => (url !== undefined && URL.canParse(url) ? [new URL(url).hostname] : []));
