import type { Outbox } from '../outbox/outbox.ts';
import { runbookOf } from '../render/context.ts';
import { labelOf, membersOf } from '../render/members.ts';
import type { AlertIncident } from '../model/incident.ts';
import { decodeAction, typeKey } from './actions.ts';
import type { Alertmanager } from './alertmanager.ts';
import type { Answers } from './answers.ts';
import type { CallbackQuery } from './updates.ts';
import { muteOf, type GroupByOf } from './incident-mute.ts';
import type { ChatSilences, CallbackOutcome } from './silences.ts';
import { logOf, renderLog } from './check-in-log.ts';
import { renderRunbook } from './runbook.ts';
import { messageOf, type Screen } from './screens/screen.ts';
import { SILENCES_ON_A_PAGE } from './screens/silences.ts';

export interface CallbackHandlerDependencies {
  readonly outbox: Pick<Outbox, 'alertIncidents' | 'acknowledge'>;
  readonly chatSilences: Pick<ChatSilences, 'ask' | 'press'>;
  readonly alertmanager: Pick<Alertmanager, 'silences' | 'expire'>;
  readonly answers: Pick<Answers, 'silences' | 'page'>;
  readonly groupByOf: GroupByOf;
  /** Text of a runbook by its name; undefined when there is none. */
  readonly readRunbook: (name: string) => Promise<string | undefined>;
  readonly now: () => number;
  readonly screen: () => Screen;
  /** Takes over what other bridges have shown. */
  readonly catchUp: () => Promise<void>;
  /** A message must be brought up to date. */
  readonly onAcknowledged: () => void;
  readonly onSilent: (error: unknown) => void;
}

export type HandleCallback = (press: CallbackQuery, signal: AbortSignal) => Promise<CallbackOutcome>;

/** Carries out what a pressed button says; pressed twice, it has happened once. */
export function createCallbackHandler(dependencies: CallbackHandlerDependencies): HandleCallback {
  const { outbox, chatSilences, alertmanager, answers, groupByOf, readRunbook, now, screen } = dependencies;

  const acknowledge = ({ type }: AlertIncident, by: string): CallbackOutcome => {
    const { toasts } = screen().bot;
    const mine = { by, at: now() };
    const first = outbox.acknowledge(type, mine, now());
    if (first === undefined) return { toast: toasts.nothingKnown };
    dependencies.onAcknowledged();
    return { toast: first === mine ? toasts.acknowledged : toasts.alreadyAcknowledged(first.by) };
  };

  const runbook = async (incident: AlertIncident): Promise<CallbackOutcome> => {
    const { lead } = membersOf(incident);
    const name = lead && runbookOf(lead);
    const markdown = name === undefined ? undefined : await readRunbook(name);
    if (lead === undefined || markdown === undefined) return { toast: screen().bot.runbookMissing };
    const { locale, commands } = screen();
    const component = labelOf(lead, 'component');
    return { reply: messageOf(renderRunbook(commands(markdown), { locale, component })) };
  };

  const log = (incident: AlertIncident): CallbackOutcome => {
    const { lead } = membersOf(incident);
    const text = lead && logOf(lead);
    if (lead === undefined || text === undefined) return { toast: screen().bot.toasts.nothingKnown };
    return { reply: messageOf(renderLog(labelOf(lead, 'component'), text, screen())) };
  };

  const expire = async (silenceId: string, signal: AbortSignal): Promise<CallbackOutcome> => {
    const { toasts } = screen().bot;
    try {
      const before = await alertmanager.silences(signal);
      const isThere = before.some(({ id }) => id === silenceId);
      if (isThere) await alertmanager.expire(silenceId, signal);
      const left = before.filter(({ id }) => id !== silenceId);
      const page = Math.floor(
        Math.max(
          0,
          before.findIndex(({ id }) => id === silenceId),
        ) / SILENCES_ON_A_PAGE,
      );
      return { toast: isThere ? toasts.unmuted : toasts.over, edit: answers.silences(left, page) };
    } catch (error) {
      dependencies.onSilent(error);
      return { toast: toasts.alertmanagerSilent };
    }
  };

  return async ({ data, from, place, messageId }, signal) => {
    const { toasts } = screen().bot;
    const action = decodeAction(data);
    if (action === undefined) return { toast: toasts.outdated };
    if ('id' in action) return chatSilences.press(action.kind, action.id, from.name, signal, messageId);
    if (action.kind === 'expire') return expire(action.silenceId, signal);
    if (action.kind === 'page') return { edit: await answers.page(action.list, action.page, signal) };
    const find = (): AlertIncident | undefined =>
      outbox.alertIncidents().find(({ type }) => typeKey(type) === action.key);
    // Another bridge may just have shown it.
    const incident = find() ?? (await dependencies.catchUp().then(find));
    if (incident === undefined) return { toast: toasts.nothingKnown };
    if (action.kind === 'acknowledge') return acknowledge(incident, from.name);
    if (action.kind === 'runbook') return runbook(incident);
    if (action.kind === 'log') return log(incident);
    const mute = muteOf(incident, groupByOf, screen());
    if (mute === undefined) return { toast: toasts.nothingKnown };
    const request = { ...mute, length: action.length, by: from.name, place };
    return { reply: await chatSilences.ask(request, signal) };
  };
}
