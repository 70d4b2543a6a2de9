import ipaddr from 'ipaddr.js';

/** Names that no public DNS serves (RFC 6761, RFC 8375, RFC 9476 and the ones routers use). */
const PRIVATE_SUFFIXES = new Set(
  'localhost local localdomain internal intranet private lan home corp arpa test invalid onion alt'.split(
    ' ',
  ),
);
/** Longer ones would crowd out the message. */
const MAX_UNITS = 512;

/**
 * The normalised URL when a phone can open it, else `undefined`. Telegram answers 400 to a link to localhost or to a
 * bare host name, and the whole message is lost; a link with credentials would show them to everyone in the chat.
 */
export function publicUrl(raw: string): string | undefined {
  if (!URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.href.length > MAX_UNITS || !isPublicHost(url.hostname)) return undefined;
  return url.href;
}

function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === 'unicast';
  const names = host.split('.');
  const last = names.at(-1) ?? '';
  return names.length > 1 && !names.includes('') && !PRIVATE_SUFFIXES.has(last);
}
