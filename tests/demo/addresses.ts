import { existsSync } from 'node:fs';
import { assertPortFree, describePortHolder, userOfPort } from '../support/servers/ports.ts';
import { DemoError } from './arguments.ts';

/** Where the demo listens, on 127.0.0.1; docs/architecture.md fixes them. */
export const PORTS = {
  exporter: 9847,
  bridge: 9848,
  telegram: 9849,
  prometheus: 9090,
  alertmanager: 9093,
} as const;

/** The private chat of the demo's Telegram. */
export const ADMIN_CHAT_ID = 100_200_300;

const OWNERS: Readonly<Record<keyof typeof PORTS, string>> = {
  exporter: 'the exporter',
  bridge: 'the alert bridge',
  telegram: 'the chat page',
  prometheus: 'Prometheus',
  alertmanager: 'Alertmanager',
};

export const address = (name: keyof typeof PORTS): string => `127.0.0.1:${PORTS[name]}`;
export const urlOf = (name: keyof typeof PORTS): string => `http://${address(name)}`;

/** What Debian's packages start by themselves, on the same ports, both as a user that no other program has. */
const DEBIAN_USER = 'prometheus';
const DEBIAN_SERVICES: Readonly<Partial<Record<keyof typeof PORTS, string>>> = {
  prometheus: 'prometheus',
  alertmanager: 'prometheus-alertmanager',
};

export interface PortMachine {
  readonly isFree: (port: number) => Promise<boolean>;
  readonly holderOf: (port: number) => string;
  readonly userOf: (port: number) => string | undefined;
  readonly isRoot: boolean;
  /** systemd is the init. */
  readonly hasSystemd: boolean;
}

const realMachine = (): PortMachine => ({
  isFree: (port) =>
    assertPortFree('127.0.0.1', port, '').then(
      () => true,
      () => false,
    ),
  holderOf: describePortHolder,
  userOf: userOfPort,
  isRoot: process.getuid?.() === 0,
  // sd_booted(3)
  hasSystemd: existsSync('/run/systemd/system'),
});

/** @throws DemoError with one sentence for every port that is taken, all at once, and how to free them. */
export async function assertPortsFree(machine: PortMachine = realMachine()): Promise<void> {
  const taken: string[] = [];
  const services: string[] = [];
  for (const name of Object.keys(PORTS) as (keyof typeof PORTS)[]) {
    const port = PORTS[name];
    if (await machine.isFree(port)) continue;
    const start = `Port ${port}, which ${OWNERS[name]} of the demo needs, is in use by`;
    const service = machine.userOf(port) === DEBIAN_USER ? DEBIAN_SERVICES[name] : undefined;
    if (service === undefined)
      taken.push(`${start} ${machine.holderOf(port)}: stop that program, then run npm run demo again.`);
    else {
      services.push(service);
      taken.push(`${start} Debian's service ${service}.`);
    }
  }
  if (services.length > 0) taken.push(stopLine(services, machine));
  if (taken.length > 0) throw new DemoError(taken.join('\n'));
}

function stopLine(services: readonly string[], { isRoot, hasSystemd }: PortMachine): string {
  const sudo = isRoot ? '' : 'sudo ';
  const stop = hasSystemd
    ? `${sudo}systemctl stop ${services.join(' ')}`
    : services.map((service) => `${sudo}service ${service} stop`).join(' && ');
  const lines = [`Stop what Debian has started, then run npm run demo again: ${stop}`];
  if (hasSystemd)
    lines.push(
      `They start again with the machine; this keeps them from it: ${sudo}systemctl disable ${services.join(' ')}`,
    );
  return lines.join('\n');
}
