import ipaddr from 'ipaddr.js';
import { IANAZone } from 'luxon';
import type { ConfigProblem } from '../config/problem.ts';
import { describeReceived } from '../config/received.ts';
import type { LoadedEnvironment } from './load.ts';
import { valuesOf, type NamedValue } from './aliases.ts';
import { envVariable, type EnvName } from './variables.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** An address range; `ipaddr.js` pairs of network and prefix length. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Reads typed values from a loaded environment. A malformed value becomes a problem, and reading goes on
 * with the default, so that one run names everything that is wrong.
 */
export class EnvReader {
  readonly problems: ConfigProblem[];
  readonly #values: Readonly<Record<string, string>>;

  constructor(loaded: LoadedEnvironment) {
    this.#values = loaded.values;
    this.problems = [...loaded.problems];
  }

  /** The value or its default; undefined when there is neither. */
  optional(name: EnvName): string | undefined {
    return this.#given(name) ?? envVariable(name).default;
  }

  /** True when the operator set it: defaults do not count. */
  isSet(name: EnvName): boolean {
    return this.#given(name) !== undefined;
  }

  /** The value under our own name, else every one that the application's names have for it. */
  every(name: EnvName): readonly NamedValue[] {
    const all = valuesOf(this.#values, name);
    return all[0]?.name === name ? all.slice(0, 1) : all;
  }

  string(name: EnvName): string {
    const value = this.optional(name);
    if (value === undefined) this.problem(name, undefined, 'Set it: it has no default.');
    return value ?? '';
  }

  boolean(name: EnvName): boolean {
    return this.#parse(name, 'Write true or false.', (text) => {
      if (/^(true|1|yes|on)$/i.test(text)) return true;
      if (/^(false|0|no|off)$/i.test(text)) return false;
      return undefined;
    });
  }

  oneOf<const T extends string>(name: EnvName, choices: readonly T[]): T {
    return this.#parse(name, `Write one of: ${choices.join(', ')}.`, (text) =>
      choices.find((choice) => choice === text),
    );
  }

  /** A number from 0 to 1. */
  ratio(name: EnvName): number {
    return this.#parse(name, 'Write a number from 0 to 1.', (text) => {
      const value = Number(text);
      return value >= 0 && value <= 1 ? value : undefined;
    });
  }

  port(name: EnvName): number {
    return this.#parse(name, 'Write a port, 1 to 65535.', parsePort);
  }

  listen(name: EnvName): ListenAddress {
    return this.#parse(name, 'Write address:port, such as 127.0.0.1:9847 or [::1]:9847.', (text) => {
      const match = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+)):(?<port>\d+)$/.exec(text);
      const host = match?.groups?.['six'] ?? match?.groups?.['four'];
      const port = parsePort(match?.groups?.['port'] ?? '');
      return host !== undefined && port !== undefined ? { host, port } : undefined;
    });
  }

  timezone(name: EnvName): string {
    return this.#parse(name, 'Write an IANA time zone, such as Europe/Moscow.', (text) =>
      IANAZone.isValidZone(text) ? text : undefined,
    );
  }

  /** A URL with one of the protocols (`['http:', 'https:']`), without slashes at its end; undefined when unset. */
  url(name: EnvName, protocols: readonly string[]): string | undefined {
    const written = this.optional(name);
    if (written === undefined) return undefined;
    const starts = protocols.map((protocol) => `${protocol}//`);
    const fix = starts.some((start) => written.toLowerCase().startsWith(start))
      ? 'The URL cannot be read: write the characters @ : / ? # % of user and password as %40 %3A %2F %3F %23 %25, and a port up to 65535.'
      : `Write a URL that starts with ${starts.join(', ')}.`;
    return this.#parse(name, fix, (text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      return url && protocols.includes(url.protocol) ? text.replace(/\/+$/, '') : undefined;
    });
  }

  /** Comma-separated CIDRs; a bare address is a network of one. */
  networks(name: EnvName): readonly Network[] {
    return this.list(name, 'Write networks such as 10.0.0.0/8 or ::1/128, comma-separated.', (item) => {
      if (ipaddr.isValidCIDR(item)) return ipaddr.parseCIDR(item);
      if (!ipaddr.isValid(item)) return undefined;
      const address = ipaddr.parse(item);
      return [address, address.kind() === 'ipv4' ? 32 : 128] as const;
    });
  }

  /** A comma-separated list; every item that `parse` refuses is a problem of its own. */
  list<T>(name: EnvName, fix: string, parse: (item: string) => T | undefined): readonly T[] {
    const items = (this.optional(name) ?? '').split(',').map((item) => item.trim());
    return items.flatMap((item) => {
      if (item === '') return [];
      const value = parse(item);
      if (value === undefined) this.problem(name, item, fix);
      return value === undefined ? [] : [value];
    });
  }

  /** Records a problem; what was received is described, and repeated only where it can be no secret. */
  problem(name: EnvName, received: string | undefined, fix: string): void {
    const isSecret = envVariable(name).secret === true;
    const described = isSecret ? 'a secret (not shown)' : describeReceived(received ?? '');
    const source = valuesOf(this.#values, name)[0]?.name ?? name;
    this.problems.push({
      name: source === name ? name : `${source} (read as ${name})`,
      received: received === undefined ? undefined : described,
      fix,
    });
  }

  #given(name: EnvName): string | undefined {
    return valuesOf(this.#values, name)[0]?.value;
  }

  #parse<T>(name: EnvName, fix: string, parse: (text: string) => T | undefined): T {
    const given = this.#given(name);
    if (given !== undefined) {
      const value = parse(given);
      if (value !== undefined) return value;
      this.problem(name, given, fix);
    }
    const fallback = parse(envVariable(name).default ?? '');
    // Only a secret URL has no default, and it never gets here malformed: the problem above ends the start.
    return fallback as T;
  }
}

function parsePort(text: string): number | undefined {
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}
