import type { RequestHandler } from 'express';
import ipaddr from 'ipaddr.js';
import type { Network } from '../env/reader.ts';
import { HttpError } from './errors.ts';

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
