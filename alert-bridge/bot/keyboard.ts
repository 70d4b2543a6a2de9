/** The buttons of the bot. Pure. */
import { runbookOf } from '../render/context.ts';
import { logOf } from './check-in-log.ts';
import { membersOf } from '../render/members.ts';
import { isFromAlertmanager } from '../model/signal.ts';
import type { Button, Keyboard } from '../telegram/messages.ts';
import type { Draft } from '../model/incident.ts';
import {
  encodeAction,
  SILENCE_LENGTHS,
  typeKey,
  type PagedList,
  type SilenceLength,
  type SilenceStep,
} from './actions.ts';
import type { BotPhrases } from './locale/phrases.ts';
import type { ChatSilence } from './silence.ts';

/**
 * Under the living message of an incident that is not over.
 * @param runbookButton whether the runbook is shown by a button, where the message has no link to it.
 */
export function incidentKeyboard(
  incident: Draft,
  { phrases, runbookButton }: { readonly phrases: BotPhrases; readonly runbookButton: boolean },
): Keyboard | undefined {
  if (incident.kind !== 'alerts') return undefined;
  const { firing, lead } = membersOf(incident);
  if (firing === 0 || lead === undefined) return undefined;
  const key = typeKey(incident.type);
  const { buttons } = phrases;
  const acknowledge: Button[] = incident.acknowledged
    ? []
    : [{ text: buttons.acknowledge, callbackData: encodeAction({ kind: 'acknowledge', key }) }];
  const runbook: Button[] =
    runbookButton && runbookOf(lead) !== undefined
      ? [{ text: buttons.runbook, callbackData: encodeAction({ kind: 'runbook', key }) }]
      : [];
  const log: Button[] =
    logOf(lead) === undefined
      ? []
      : [{ text: buttons.log, callbackData: encodeAction({ kind: 'log', key }) }];
  // What did not come through Alertmanager cannot be muted there.
  const mute = (length: SilenceLength): Button[] =>
    isFromAlertmanager(lead)
      ? [
          {
            text: `🔕 ${phrases.lengths[length]}`,
            callbackData: encodeAction({ kind: 'mute', length, key }),
          },
        ]
      : [];
  const timed = SILENCE_LENGTHS.filter((length) => length !== 'over').flatMap(mute);
  return [[...acknowledge, ...runbook, ...log], timed, mute('over')].filter((row) => row.length > 0);
}

/** To the pages before and after this one. */
export function pageKeyboard(
  list: PagedList,
  { page, pages }: { readonly page: number; readonly pages: number },
  { buttons }: BotPhrases,
): Keyboard {
  const button = (name: 'previous' | 'next', to: number): Button[] =>
    to < 0 || to >= pages
      ? []
      : [{ text: buttons[name], callbackData: encodeAction({ kind: 'page', list, page: to }) }];
  return [[...button('previous', page - 1), ...button('next', page + 1)]].filter((row) => row.length > 0);
}

/** Under the message of a mute. */
export function silenceKeyboard({ id, state }: ChatSilence, { buttons }: BotPhrases): Keyboard {
  if (state === 'asked')
    return [[stepButton('confirm', id, buttons.confirm), stepButton('cancel', id, buttons.cancel)]];
  return state === 'active' ? [[stepButton('unmute', id, buttons.unmute)]] : [];
}

/** Under the announcement that a mute ends soon. */
export const endingKeyboard = ({ id, length }: ChatSilence, { buttons }: BotPhrases): Keyboard => [
  [stepButton('extend', id, buttons.extend(length)), stepButton('let_ring', id, buttons.let_ring)],
];

const stepButton = (kind: SilenceStep, id: string, text: string): Button => ({
  text,
  callbackData: encodeAction({ kind, id }),
});
