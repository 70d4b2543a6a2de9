/** What can be broken in the demo, and how it is healed. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from '../support/servers/process.ts';
import type { Chain } from './chain.ts';

export interface Trouble {
  readonly name: string;
  /** What breaking it means, for the list. */
  readonly about: string;
  readonly isBroken: () => boolean;
  /** Both do nothing when it already is so. */
  readonly break: () => Promise<void>;
  readonly heal: () => Promise<void>;
  /** What the chat will show, and when: one sentence each. */
  readonly afterBreak: string;
  readonly afterHeal: string;
}

export interface Troubles {
  readonly list: readonly Trouble[];
  /** True while somebody wants this server to be down. */
  readonly isMeantToBeDown: (server: Server) => boolean;
}

const ALERT_SOON = 'The alert shows in the chat in about 20 seconds.';
const RESOLUTION_SOON = 'The resolution shows in the chat in about 15 seconds.';

export function createTroubles({ servers, telegram, ai, web, schedule, workerFolder }: Chain): Troubles {
  const down = new Set<Server>();
  const stopping = (server: Server) => ({
    isBroken: () => down.has(server),
    break: async () => {
      down.add(server);
      await server.stop();
    },
    heal: async () => {
      await server.restart();
      down.delete(server);
    },
  });
  const freezing = (server: Server) => {
    let isFrozen = false;
    return {
      isBroken: () => isFrozen,
      break: () => {
        server.freeze();
        isFrozen = true;
        return Promise.resolve();
      },
      heal: () => {
        server.thaw();
        isFrozen = false;
        return Promise.resolve();
      },
    };
  };
  let outage: number | undefined;
  const commissions = join(workerFolder, 'commissions');
  rmSync(commissions, { force: true });
  let isTaskBroken = false;
  const setTask = (isBroken: boolean): Promise<void> => {
    isTaskBroken = isBroken;
    writeFileSync(commissions, isBroken ? 'broken' : 'mended');
    return Promise.resolve();
  };
  const beat = freezing(servers.beat);

  const list: readonly Trouble[] = [
    {
      name: 'redis',
      about: 'Redis is stopped',
      ...stopping(servers.redis),
      afterBreak: ALERT_SOON,
      afterHeal: RESOLUTION_SOON,
    },
    {
      name: 'postgres',
      about: 'PostgreSQL is frozen: it takes connections and never answers',
      ...freezing(servers.postgres),
      afterBreak: ALERT_SOON,
      afterHeal: RESOLUTION_SOON,
    },
    {
      name: 'worker',
      about: 'the Celery worker is frozen: connected to the broker, and it never answers',
      ...freezing(servers.worker),
      afterBreak: ALERT_SOON,
      afterHeal: RESOLUTION_SOON,
    },
    {
      name: 'task',
      about: 'a task of Celery fails: NameError in process_affiliate_commissions',
      isBroken: () => isTaskBroken,
      break: () => setTask(true),
      heal: () => setTask(false),
      afterBreak: 'The alert shows in the chat in about two minutes; /celery has it within one.',
      afterHeal: 'The resolution shows in the chat in about a minute.',
    },
    {
      name: 'beat',
      about: 'Celery beat is frozen: nothing is sent on schedule',
      isBroken: beat.isBroken,
      break: () => {
        schedule.pause(true);
        return beat.break();
      },
      heal: () => {
        schedule.pause(false);
        return beat.heal();
      },
      afterBreak: 'Beat counts as stopped after 15 minutes: then the alert shows. /celery has its last run.',
      afterHeal: 'The resolution shows in the chat in about 20 seconds.',
    },
    {
      name: 'nginx',
      about: 'nginx is stopped: the bot cannot be reached, by nobody',
      ...stopping(servers.nginx),
      afterBreak: 'Alerts of the public address and of the webhook show in the chat in about 20 seconds.',
      afterHeal: RESOLUTION_SOON,
    },
    {
      name: 'webhook',
      about: 'the bot answers 500 to every update',
      isBroken: () => web.isBroken(),
      break: () => {
        web.break();
        return Promise.resolve();
      },
      heal: () => {
        web.heal();
        return Promise.resolve();
      },
      afterBreak:
        'What Telegram says shows in the chat in about 20 seconds, the share of failed requests within a minute.',
      afterHeal: 'The resolutions show in the chat within two minutes.',
    },
    {
      name: 'exporter',
      about: 'the exporter is stopped: the monitoring is blind',
      ...stopping(servers.exporter),
      afterBreak: ALERT_SOON,
      afterHeal: RESOLUTION_SOON,
    },
    {
      name: 'bridge',
      about: 'the alert bridge is stopped: Alertmanager and the application try again until it is back',
      ...stopping(servers.bridge),
      afterBreak: 'Break something else too: its alert shows in the chat once the bridge is back.',
      afterHeal: 'What waited shows in the chat in about 15 seconds.',
    },
    {
      name: 'telegram',
      about: 'Telegram answers 502 to everything',
      isBroken: () => outage !== undefined,
      break: () => {
        outage = telegram.addOutage({ answer: '502' });
        return Promise.resolve();
      },
      heal: () => {
        telegram.clearOutages(outage);
        outage = undefined;
        return Promise.resolve();
      },
      afterBreak: 'Nothing reaches the chat now; it waits in the bridge.',
      afterHeal: 'What waited shows in the chat within a minute, and says when it happened.',
    },
    {
      name: 'openai',
      about: 'OpenAI answers 503 to everything',
      isBroken: () => ai.isBroken('openai'),
      break: () => {
        ai.break('openai');
        return Promise.resolve();
      },
      heal: () => {
        ai.heal('openai');
        return Promise.resolve();
      },
      afterBreak: ALERT_SOON,
      afterHeal: RESOLUTION_SOON,
    },
  ];
  return { list, isMeantToBeDown: (server) => down.has(server) };
}
