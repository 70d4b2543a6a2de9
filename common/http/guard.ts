import type { RequestHandler } from 'express';
import ipaddr from 'ipaddr.js';
import type { Network } from '../env/reader.ts';
import { HttpError } from './errors.ts';
import type { KnowsHost } from './hosts.ts';

/** True when the address lies in one of the networks. IPv4 in its IPv6 clothes (`::ffff:10.0.0.1`) counts as IPv4. */
export function isInNetworks(address: string | undefined, networks: readonly Network[]): boolean {
  // A zone index (`fe80::1%eth0`) names the interface, not the address.
  const bare = address?.split('%')[0] ?? '';
  if (!ipaddr.isValid(bare)) return false;
  const parsed = ipaddr.process(bare);
  return networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits));
}

/** Refuses every address outside the networks with 403. */
export function allowNetworks(networks: readonly Network[]): RequestHandler {
  return (request, _response, next) => {
    if (isInNetworks(request.ip, networks)) next();
    else next(new HttpError(403, 'forbidden', `${request.ip ?? 'This address'} is not in ALLOWED_NETWORKS.`));
  };
}

/** Names that are told of in a refusal end here. */
const SHOWN_CHARS = 100;

/** Refuses with 403 whoever asks by a name that is not this service's, or was sent here by a trusted proxy under one. */
export function allowHosts(isKnown: KnowsHost): RequestHandler {
  return (request, _response, next) => {
    const foreign = [request.headers.host, request.host].find((host) => !isKnown(host));
    if (foreign === undefined) {
      next();
      return;
    }
    const shown = foreign.slice(0, SHOWN_CHARS);
    const message = `This service is not known as ${shown}: add the name to ALLOWED_HOSTS if it is.`;
    next(new HttpError(403, 'foreign_host', message));
  };
}

/**
 * Refuses with 403 what a browser sends for a page. No page of ours changes anything, so it is one of somebody else: a browser
 * says so by Origin, and by Sec-Fetch-Site where it leaves that out.
 */
export const refuseBrowsers: RequestHandler = ({ headers }, _response, next) => {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (origin === undefined && (site === undefined || site === 'none')) next();
  else {
    const page = origin === undefined ? '' : ` (${origin.slice(0, SHOWN_CHARS)})`;
    const message = `A page in a browser${page} may not do this: send it from a program, without Origin and Sec-Fetch-Site.`;
    next(new HttpError(403, 'cross_site', message));
  }
};

const LOOPBACK: readonly Network[] = [ipaddr.parseCIDR('127.0.0.0/8'), ipaddr.parseCIDR('::1/128')];

export const isLoopback = (address: string | undefined): boolean => isInNetworks(address, LOOPBACK);

/**
 * Refuses with 403 all but programs of this machine. A proxy on it speaks for others, so what it forwards counts as theirs,
 * whether or not it is a trusted one.
 */
export const allowThisMachine: RequestHandler = ({ headers, socket }, _response, next) => {
  const forwardedFor = [headers['x-forwarded-for'] ?? [], headers['x-real-ip'] ?? []]
    .flat()
    .flatMap((list) => list.split(','))
    .map((address) => address.trim());
  const isForwarded = headers.forwarded !== undefined || headers['x-forwarded-host'] !== undefined;
  if (isLoopback(socket.remoteAddress) && forwardedFor.every(isLoopback) && !isForwarded) next();
  else next(new HttpError(403, 'forbidden', 'Only a program on the same machine may do this.'));
};

/** How many refusals are told apart. */
const TOLD_APART = 100;

/** True the first time it sees a refusal; foreign names and pages say the same thing all day, and anybody can invent more. */
export function createFirstOfItsKind(): (refusal: HttpError) => boolean {
  const seen = new Set<string>();
  return ({ code, message }) => {
    if (code !== 'foreign_host' && code !== 'cross_site') return true;
    if (seen.has(message) || seen.size >= TOLD_APART) return false;
    seen.add(message);
    return true;
  };
}
