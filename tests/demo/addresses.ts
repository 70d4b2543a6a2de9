import { assertPortFree, describePortHolder } from '../support/servers/ports.ts';
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

/** @throws DemoError with one sentence for every port that is taken, all at once. */
export async function assertPortsFree(): Promise<void> {
  const taken: string[] = [];
  for (const name of Object.keys(PORTS) as (keyof typeof PORTS)[]) {
    const port = PORTS[name];
    try {
      await assertPortFree('127.0.0.1', port, OWNERS[name]);
    } catch {
      taken.push(
        `Port ${port}, which ${OWNERS[name]} of the demo needs, is in use by ${describePortHolder(port)}: ` +
          'stop that program, then run npm run demo again.',
      );
    }
  }
  if (taken.length > 0) throw new DemoError(taken.join('\n'));
}
