import { DateTime } from 'luxon';
import type { OutgoingText } from '../telegram/sender.ts';
import type { Maintenance } from '../notify/maintenance.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { MESSAGE_UNITS } from '../render/context.ts';
import { bold, code, join, line, lines, markedTextWithin, text } from '../render/html.ts';
import type { Marked } from '../render/locale/phrases.ts';
import { WATCHDOG_ALERT, type DailyReportBody } from '../model/signal.ts';
import type { PagedList } from './actions.ts';
import type { Alertmanager, Silence, TimeInterval } from './alertmanager.ts';
import { COMMANDS, dayOf, maintenanceArguments, muteArguments, type CommandName } from './commands.ts';
import type { CeleryFacts } from './exporter-celery.ts';
import type { Health } from './exporter-health.ts';
import type { CommandMessage } from './updates.ts';
import { burningIncidents, muteOf, type GroupByOf } from './incident-mute.ts';
import { pageKeyboard } from './keyboard.ts';
import { MATCH_ALL, matchersOfName } from './silence.ts';
import type { ChatSilences } from './silences.ts';
import { alertsScreen, lastKnown, type Firing } from './screens/alerts.ts';
import { celeryScreen } from './screens/celery.ts';
import { kpiScreen } from './screens/kpi.ts';
import { messageOf, type Screen } from './screens/screen.ts';
import { quietRows, silencesKeyboard, silencesScreen } from './screens/silences.ts';
import { healthScreen, statusScreen } from './screens/status.ts';

export interface AnswersDependencies {
  readonly alertmanager: Pick<Alertmanager, 'alerts' | 'silences' | 'intervals'>;
  /** The exporter's `/health`; rejects when it does not answer. */
  readonly health: (signal: AbortSignal) => Promise<Health>;
  /** The exporter's `/api/v1/celery`; rejects when it does not answer. */
  readonly celery: (signal: AbortSignal) => Promise<CeleryFacts>;
  /** The report of a day, YYYY-MM-DD; never rejects. */
  readonly report: (date: string, signal: AbortSignal) => Promise<DailyReportBody>;
  readonly drawReport: (report: DailyReportBody) => OutgoingText;
  readonly outbox: Pick<Outbox, 'alertIncidents' | 'ledger'>;
  readonly chatSilences: Pick<ChatSilences, 'ask'>;
  readonly groupByOf: GroupByOf;
  readonly maintenance: Maintenance;
  readonly timezone: string;
  readonly now: () => number;
  readonly screen: () => Screen;
  /** A neighbour did not answer; its part of the answer says so. */
  readonly onSilent: (error: unknown) => void;
}

/** Answers a command. */
export type Answer = (message: CommandMessage, signal: AbortSignal) => Promise<OutgoingText>;

export interface Answers {
  readonly commands: Readonly<Record<CommandName, Answer>>;
  readonly unknown: Answer;
  /** A page of the list of silences with its buttons. */
  silences(
    silences: readonly Silence[] | undefined,
    page: number,
    intervals?: readonly TimeInterval[],
  ): OutgoingText;
  /** A page of a list as it is now. */
  page(list: PagedList, page: number, signal: AbortSignal): Promise<OutgoingText>;
}

export function createAnswers(dependencies: AnswersDependencies): Answers {
  const { alertmanager, outbox, chatSilences, maintenance, timezone, now, screen } = dependencies;

  const asked = async <T>(question: Promise<T>): Promise<T | undefined> => {
    try {
      return await question;
    } catch (error) {
      dependencies.onSilent(error);
      return undefined;
    }
  };

  const firing = async (signal: AbortSignal): Promise<Firing> => {
    const alerts = await asked(alertmanager.alerts(signal));
    return alerts === undefined ? lastKnown(outbox.alertIncidents()) : { source: 'alertmanager', alerts };
  };

  const yesterday = (): string =>
    DateTime.fromMillis(now(), { zone: timezone }).minus({ days: 1 }).toFormat('yyyy-MM-dd');

  const say = (sentence: Marked): OutgoingText => messageOf(markedTextWithin(sentence, MESSAGE_UNITS));

  const help = (): OutgoingText => {
    const { bot } = screen();
    const rows = COMMANDS.map((name) => {
      const examples = (bot.examples[name] ?? []).map((example) => code(example));
      const start = text(`/${name} — ${bot.commands[name]}`);
      return examples.length === 0 ? start : line(start, ': ', join(', ', examples));
    });
    return messageOf(lines(bold(bot.help), ...rows));
  };

  const alerts = (known: Firing, wanted: number): OutgoingText => {
    const shown = screen();
    const page = alertsScreen(known, wanted, shown);
    return { ...messageOf(page), buttons: pageKeyboard('alerts', page, shown.bot) };
  };

  const silences: Answers['silences'] = (known, wanted, intervals = []) => {
    const shown = screen();
    if (known === undefined) return say(`⚠️ ${shown.bot.alertmanagerSilent}`);
    const page = silencesScreen(known, wanted, shown);
    const buttons = [
      ...silencesKeyboard(known, page.page, shown),
      ...pageKeyboard('silences', page, shown.bot),
    ];
    const holds = maintenance.at(now());
    return { ...messageOf(lines(page, ...quietRows(holds, intervals, shown))), buttons };
  };

  const lists: Readonly<Record<PagedList, (page: number, signal: AbortSignal) => Promise<OutgoingText>>> = {
    alerts: async (page, signal) => alerts(await firing(signal), page),
    silences: async (page, signal) =>
      silences(await asked(alertmanager.silences(signal)), page, await asked(alertmanager.intervals(signal))),
  };

  const commands: Answers['commands'] = {
    help: () => Promise.resolve(help()),

    status: async (_message, signal) => {
      const [health, alerts, known] = await Promise.all([
        asked(dependencies.health(signal)),
        firing(signal),
        asked(alertmanager.silences(signal)),
      ]);
      const { pending } = outbox.ledger();
      return messageOf(statusScreen({ health, firing: alerts, silences: known, pending }, screen()));
    },

    health: async (_message, signal) =>
      messageOf(healthScreen(await asked(dependencies.health(signal)), screen())),

    celery: async (_message, signal) =>
      messageOf(celeryScreen(await asked(dependencies.celery(signal)), screen())),

    alerts: (_message, signal) => lists.alerts(0, signal),

    silences: (_message, signal) => lists.silences(0, signal),

    report: async ({ args: [written] }, signal) => {
      const date = written === undefined ? yesterday() : dayOf(written);
      if (date === undefined || date > yesterday())
        return say(screen().bot.reportUsage(screen().times.date(yesterday())));
      return dependencies.drawReport(await dependencies.report(date, signal));
    },

    kpi: async (_message, signal) => {
      const [health, { figures }] = await Promise.all([
        asked(dependencies.health(signal)),
        dependencies.report(yesterday(), signal),
      ]);
      return messageOf(kpiScreen(health, figures, screen()));
    },

    mute: ({ args, from, place }, signal) => {
      const { bot } = screen();
      const wanted = muteArguments(args);
      if (wanted === undefined) return Promise.resolve(say(bot.mute.usage));
      const { length, name } = wanted;
      if (name === WATCHDOG_ALERT) return Promise.resolve(say(bot.mute.notTheWatchdog));
      if (length === 'over') {
        const [incident, ...others] = burningIncidents(outbox.alertIncidents(), name);
        if (others.length > 0) return Promise.resolve(say(bot.mute.whichIncident));
        const mute = incident && muteOf(incident, dependencies.groupByOf, screen());
        if (mute === undefined) return Promise.resolve(say(bot.mute.noIncident));
        return chatSilences.ask({ ...mute, length, by: from.name, place }, signal);
      }
      const matchers = name === undefined ? MATCH_ALL : matchersOfName(name);
      return chatSilences.ask({ matchers, length, by: from.name, place }, signal);
    },

    maintenance: ({ args }) => {
      const shown = screen();
      const wanted = maintenanceArguments(args);
      if (wanted === 'off') maintenance.end();
      else if (wanted !== undefined) maintenance.begin({ id: 'chat', ...wanted });
      const rows = quietRows(maintenance.at(now()), [], shown);
      const { usage, held, none } = shown.bot.maintenance;
      const note = rows.length > 0 ? held : none;
      const last = wanted === undefined ? markedTextWithin(usage, MESSAGE_UNITS) : note;
      return Promise.resolve(messageOf(lines(...rows, last)));
    },
  };

  return {
    commands,
    unknown: ({ name }) => Promise.resolve(messageOf(text(screen().bot.unknownCommand(name)))),
    silences,
    page: (list, page, signal) => lists[list](page, signal),
  };
}
