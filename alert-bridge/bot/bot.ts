import { every } from '../../common/time/every.ts';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../common/time/clock.ts';
import { packageFolder } from '../../common/process/package-folder.ts';
import type { Logging } from '../../common/log/logging.ts';
import { createChatSender, type ChatSender } from '../telegram/sender.ts';
import type { SharedBudget } from '../peers/peers.ts';
import type { BridgeMetrics } from '../metrics/metrics.ts';
import type { KeyValue, Outbox } from '../outbox/outbox.ts';
import type { Maintenance } from '../notify/maintenance.ts';
import type { Routing } from '../notify/routing.ts';
import type { RenderOptions } from '../render/context.ts';
import type { Renderer } from '../notify/render.ts';
import type { Reporter } from '../report/report.ts';
import type { Budget } from '../telegram/budget.ts';
import type { BotCommand, ListeningClient, TelegramClient } from '../telegram/client.ts';
import type { Keyboard } from '../telegram/messages.ts';
import type { Draft } from '../model/incident.ts';
import { createAlertmanager } from './alertmanager.ts';
import { createAnswers } from './answers.ts';
import { COMMANDS } from './commands.ts';
import type { BotPhrases } from './locale/phrases.ts';
import { readCelery } from './exporter-celery.ts';
import { readHealth } from './exporter-health.ts';
import type { Place } from './updates.ts';
import type { GroupByOf } from './incident-mute.ts';
import { incidentKeyboard } from './keyboard.ts';
import { endOf } from './silence.ts';
import { createChatSilenceStore } from './silence-store.ts';
import { createChatSilences } from './silences.ts';
import { startPolling } from './polling.ts';
import { createCallbackHandler } from './callbacks.ts';
import { createDeniedLog } from './denied.ts';
import { createScreen, botPhrasesOf } from './screens/screen.ts';
import { createUpdateHandler, type UpdateHandler } from './handle-update.ts';

export interface BotOptions {
  /** A client of its own: a poll that hangs holds up no alert. */
  readonly listener: ListeningClient;
  /** The client, budget and outbox of the alerts. */
  readonly client: TelegramClient;
  readonly budget: Budget;
  readonly sharedBudget: SharedBudget;
  /** Of several bridges, whether this one listens; undefined until that is known. */
  readonly leads: () => boolean | undefined;
  /** Takes over what other bridges have shown. */
  readonly catchUp: () => Promise<void>;
  /** What another bridge must know to go on: mutes, and what of the bot's updates was handled. */
  readonly state: KeyValue;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logging: Logging;
  readonly routing: Pick<Routing, 'routeOf' | 'severityOf'>;
  readonly maintenance: Maintenance;
  readonly admins: readonly number[];
  readonly alertmanagerUrl: string;
  readonly exporterUrl: string;
  readonly reporter: Reporter;
  readonly draw: Renderer;
  readonly rendering: Omit<RenderOptions, 'now'>;
  /** HH:mm in TIMEZONE. */
  readonly morning: string;
  readonly announceBeforeMs: number;
  readonly metrics: Pick<BridgeMetrics, 'updateHandled' | 'polled' | 'listening'>;
  /** A living message must be brought up to date. */
  readonly onAcknowledged: () => void;
  /** Alertmanager was told to mute something. */
  readonly onSilenced: () => void;
  readonly onUnexpected: (error: unknown) => void;
}

/** Answers leave half of Telegram's limits to alerts. */
const BUDGET_SHARE = 0.5;
const LOOK_EVERY_MS = 30_000;

export interface Bot {
  /** The buttons under a living message; none while nobody would hear that they are pressed. */
  buttonsOf(incident: Draft): Keyboard | undefined;
  stop(): Promise<void>;
}

/** Hears administrators and answers them; nothing that sends alerts waits for any of it. */
export function startBot(options: BotOptions): Bot {
  const { logging, outbox, clock, rendering, admins } = options;
  const log = logging.logger('bot');
  const now = (): number => clock.now();
  const screen = () => createScreen({ ...rendering, now: now() });
  const phrases = botPhrasesOf(rendering.locale);
  const onSilent = (error: unknown): void =>
    log.warn('A neighbour did not answer', {
      reason: error instanceof Error ? error.message : String(error),
    });
  const alertmanager = createAlertmanager(options.alertmanagerUrl, options.routing.severityOf);
  const chatSilences = createChatSilences({
    alertmanager,
    store: createChatSilenceStore(options.state),
    now,
    newId: () => randomBytes(9).toString('base64url'),
    endOf: (length, from) => endOf(length, from, { morning: options.morning, timezone: rendering.timezone }),
    announceBeforeMs: options.announceBeforeMs,
    screen,
    onSilenced: options.onSilenced,
    onSilent,
  });
  const groupByOf: GroupByOf = (severity, body) => options.routing.routeOf({ severity, body }).groupBy;
  const answers = createAnswers({
    alertmanager,
    health: (signal) => readHealth(options.exporterUrl, signal),
    celery: (signal) => readCelery(options.exporterUrl, signal),
    report: (date, signal) => options.reporter.gather(date, signal),
    drawReport: (report) => {
      const { date, kind, formedAt } = report;
      const subject = { id: date, type: kind, severity: 'info', occurredAt: formedAt } as const;
      return options.draw({ kind: 'report', report }, subject, now());
    },
    outbox,
    chatSilences,
    groupByOf,
    maintenance: options.maintenance,
    timezone: rendering.timezone,
    now,
    screen,
    onSilent,
  });
  const press = createCallbackHandler({
    outbox,
    chatSilences,
    alertmanager,
    answers,
    groupByOf,
    readRunbook,
    now,
    screen,
    catchUp: options.catchUp,
    onAcknowledged: options.onAcknowledged,
    onSilent,
  });
  const bot = createUpdateHandler({
    admins: new Set(admins),
    client: options.listener,
    channelOf: channels(options),
    answers,
    press,
    failedToast: phrases.toasts.failed,
    observer: {
      handled: (outcome, command) => options.metrics.updateHandled(outcome, command),
      refused: createDeniedLog(
        ({ by, what, place, attempts }) =>
          logging.security.warn('Somebody who is no administrator was not answered', {
            user_id: by.id,
            chat_id: place.id,
            what,
            attempts,
          }),
        now,
      ),
      did: (by, what, place) =>
        logging.audit.info('An administrator told the bot what to do', {
          user_id: by.id,
          chat_id: place.id,
          what,
        }),
      unanswered: (reason, place) => log.warn('An answer was not shown', { reason, chat_id: place.id }),
      unexpected: options.onUnexpected,
    },
  });
  const polling = startPolling({
    client: options.listener,
    clock,
    random: () => Math.random(),
    state: options.state,
    leads: () => options.leads() === true,
    handle: (incoming, signal) => bot.handle(incoming, signal),
    commands: new Map<string | undefined, readonly BotCommand[]>([
      [undefined, commandList(phrases)],
      ['ru', commandList(botPhrasesOf('ru'))],
      ['en', commandList(botPhrasesOf('en'))],
    ]),
    observer: {
      changed: (reason) => {
        options.metrics.listening(reason === 'webhook' ? undefined : reason === undefined);
        if (reason === undefined) log.info('The bot listens to its administrators', { count: admins.length });
        else if (reason === 'webhook')
          log.warn('The token has a webhook, so another program hears its updates: send-only');
        else log.warn('The bot does not hear its administrators; it tries again', { reason });
      },
      polled: () => options.metrics.polled(now()),
      unexpected: options.onUnexpected,
    },
  });
  const announcing = announceEndings(chatSilences, bot, options);
  return {
    buttonsOf: (incident) =>
      polling.isListening
        ? incidentKeyboard(incident, { phrases, runbookButton: rendering.links.runbooks === undefined })
        : undefined,
    stop: async () => {
      await Promise.all([polling.stop(), announcing.stop()]);
    },
  };
}

const commandList = ({ commands }: BotPhrases): readonly BotCommand[] =>
  COMMANDS.map((command) => ({ command, description: commands[command] }));

/** Keeps silences until their incident is over, and tells in time of the others that they end. */
function announceEndings(
  chatSilences: ReturnType<typeof createChatSilences>,
  bot: UpdateHandler,
  { clock, leads, onUnexpected }: BotOptions,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = every(
    LOOK_EVERY_MS,
    async () => {
      if (leads() !== true) return;
      await chatSilences.keepUntilOver((place, id, message) => bot.edit(place, id, message, signal), signal);
      await chatSilences.announceEndings((place, message) => bot.tell(place, message, signal), signal);
    },
    { clock, signal, onError: onUnexpected },
  );
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function channels({ client, budget, sharedBudget, clock, outbox }: BotOptions): (place: Place) => ChatSender {
  return ({ id, topicId }) =>
    createChatSender(
      topicId === undefined ? { id, key: String(id) } : { id, topicId, key: `${id}:${topicId}` },
      { client, budget, sharedBudget, clock, state: outbox.state, budgetShare: BUDGET_SHARE },
    );
}

async function readRunbook(name: string): Promise<string | undefined> {
  try {
    return await readFile(join(packageFolder(), 'docs', 'runbooks', `${name}.md`), 'utf8');
  } catch {
    return undefined;
  }
}
