import ipaddr from 'ipaddr.js';

const privateSuffixes = /(?:^|\.)(?:localhost|local|localdomain|internal|lan|home|arpa|test|invalid)$/;
const appProtocols = new Set(['tg:', 'ton:', 'tonsite:']);

/**
 * Why Telegram refuses a link, or undefined when it takes it. Hosts that only our own network knows are refused
 * in every form: on a phone they open nothing, and Telegram answers 400 for localhost and bare names.
 */
export function linkProblem(link: string): string | undefined {
  const trimmed = link.trim();
  if (trimmed === '') return 'URL is empty';
  const hasProtocol = /^[a-z][a-z0-9+.-]*:/i.test(trimmed) && !/^[^/:]+:\d+(?:\/|$)/.test(trimmed);
  const url = URL.parse(hasProtocol ? trimmed : `http://${trimmed}`);
  if (!url) return 'Wrong HTTP URL';
  if (appProtocols.has(url.protocol)) return undefined;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'Unsupported URL protocol';
  if (url.hostname === '') return 'URL host is empty';
  return isPublicHost(url.hostname) ? undefined : 'Wrong HTTP URL';
}

function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === 'unicast';
  return host.includes('.') && !privateSuffixes.test(host);
}
