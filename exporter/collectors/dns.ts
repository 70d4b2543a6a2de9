import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ProbeError, type Collector } from '../model/collector.ts';
import { unlessAborted } from '../model/unless-aborted.ts';
import { networkReason } from './http/network-error.ts';
import { RECHECK_MS, type ProbeTiming } from '../model/timing.ts';

/** @returns the address of a name; rejects as `dns.lookup` does. */
export type Lookup = (host: string) => Promise<unknown>;

/** Two names tell a name that is gone from a DNS server that is. */
const MAX_NAMES = 2;

/** Names of other machines in these addresses, in their order: what only DNS can find. */
export function publicNames(addresses: readonly (URL | undefined)[]): readonly string[] {
  const hosts = addresses.flatMap((address) => address?.hostname ?? []);
  return [...new Set(hosts)].filter(isPublicName);
}

/** Containers and this machine are found without DNS servers of the outside, and have names without a dot. */
const isPublicName = (host: string): boolean =>
  isIP(host.replace(/^\[|\]$/g, '')) === 0 &&
  host.includes('.') &&
  !/\.(?:localhost|local|internal)\.?$/.test(host);

/**
 * The system finds an address for a name that other checks connect to, the way they do: /etc/hosts counts.
 * @param names at least one of the first two must be found
 */
export function dnsCollector(
  names: readonly string[],
  timing: ProbeTiming,
  lookup: Lookup = systemLookup,
): Collector {
  const asked = names.slice(0, MAX_NAMES);
  // A lookup cannot be aborted and may hold one of the few threads for long: none is added for the same name.
  const pending = new Map<string, Promise<unknown>>();
  const find = (name: string): Promise<unknown> => {
    const found = pending.get(name) ?? lookup(name).finally(() => pending.delete(name));
    pending.set(name, found);
    return found;
  };
  return {
    ...timing,
    disabledReason: timing.disabledReason ?? (asked.length === 0 ? { code: 'dns_not_needed' } : undefined),
    name: 'dns',
    kind: 'component',
    retryMs: RECHECK_MS,
    collect: async ({ signal }) => {
      // Before the deadline, so that the sentence names DNS.
      const patience = AbortSignal.any([signal, AbortSignal.timeout(timing.timeoutMs * 0.9)]);
      try {
        await unlessAborted(Promise.any(asked.map(find)), patience, { code: 'dns_silent', target: asked });
      } catch (error) {
        if (!(error instanceof AggregateError)) throw error;
        const reasons = error.errors.map((reason, at) => networkReason(reason, asked[at] ?? ''));
        throw new ProbeError(reasons, { cause: error });
      }
      return { samples: [] };
    },
  };
}
