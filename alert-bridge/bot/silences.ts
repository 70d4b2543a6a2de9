import type { SilenceMatcher } from '../../common/clients/alertmanager.ts';
import { elapsedSince } from '../../common/time/elapsed.ts';
import type { OutgoingText } from '../telegram/sender.ts';
import type { SilenceLength, SilenceStep } from './actions.ts';
import type { Alertmanager, Silence } from './alertmanager.ts';
import type { Place } from './updates.ts';
import { endingKeyboard, silenceKeyboard } from './keyboard.ts';
import { blastRadius, PREVIEW_VALID_MS, UNTIL_OVER, type BlastRadius, type ChatSilence } from './silence.ts';
import type { ChatSilenceStore } from './silence-store.ts';
import { keepUntilOver } from './until-over.ts';
import { messageOf, type Screen } from './screens/screen.ts';
import { endingScreen, silenceScreen, previewScreen } from './screens/silences.ts';

/** What a press leads to. */
export interface CallbackOutcome {
  /** Shown for a moment to whoever pressed. */
  readonly toast?: string;
  /** What the message with the button shows from now on. */
  readonly edit?: OutgoingText;
  /** A message of its own under it. */
  readonly reply?: OutgoingText;
}

export interface ChatSilencesDependencies {
  readonly alertmanager: Alertmanager;
  readonly store: ChatSilenceStore;
  readonly now: () => number;
  readonly newId: () => string;
  readonly endOf: (length: SilenceLength, from: number) => number;
  /** How long before its end a mute is announced to end. */
  readonly announceBeforeMs: number;
  readonly screen: () => Screen;
  /** Something is muted from now on. */
  readonly onSilenced?: () => void;
  /** Alertmanager did not answer, or not well. */
  readonly onSilent: (error: unknown) => void;
}

export interface ChatSilences {
  /** The preview of a mute: what it would hit, to be confirmed. */
  ask(
    request: {
      readonly matchers: readonly SilenceMatcher[];
      readonly title?: string;
      readonly length: SilenceLength;
      readonly by: string;
      readonly place: Place;
    },
    signal: AbortSignal,
  ): Promise<OutgoingText>;
  /** @param messageId of the message that was pressed */
  press(
    step: SilenceStep,
    id: string,
    by: string,
    signal: AbortSignal,
    messageId?: number,
  ): Promise<CallbackOutcome>;
  /** Prolongs mutes until their incident is over, and ends them after that; `edit` brings their message up to date. */
  keepUntilOver(
    edit: (place: Place, messageId: number, message: OutgoingText) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Tells of mutes that end soon while their alerts still fire, each once `tell` has succeeded. */
  announceEndings(
    tell: (place: Place, message: OutgoingText) => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void>;
}

export function createChatSilences(dependencies: ChatSilencesDependencies): ChatSilences {
  const { alertmanager, store, now, newId, endOf, screen, onSilent } = dependencies;

  /** Undefined when Alertmanager gave no good answer. */
  const asked = async <T>(question: Promise<T>): Promise<T | undefined> => {
    try {
      return await question;
    } catch (error) {
      onSilent(error);
      return undefined;
    }
  };

  const radiusOf = async (mute: ChatSilence, signal: AbortSignal): Promise<BlastRadius | undefined> => {
    const alerts = await asked(alertmanager.alerts(signal));
    return alerts && blastRadius(mute.matchers, alerts);
  };

  const put = (mute: ChatSilence): ChatSilence => {
    store.put(mute, now());
    return mute;
  };

  const draw = (mute: ChatSilence): OutgoingText => {
    const shown = screen();
    const buttons = silenceKeyboard(mute.state === 'asked' ? { ...mute, state: 'over' } : mute, shown.bot);
    return { ...messageOf(silenceScreen(mute, shown)), buttons };
  };

  const silent = (): CallbackOutcome => ({ toast: screen().bot.toasts.alertmanagerSilent });

  const mutedToast = ({ length, endsAt = 0 }: ChatSilence): string => {
    const { toasts } = screen().bot;
    return length === 'over' ? toasts.mutedUntilOver : toasts.muted(screen().times.show(endsAt));
  };

  /** A mute whose time is up is over, whoever looks; one until its incident is over is looked after. */
  const current = (id: string): ChatSilence | undefined => {
    const mute = store.get(id);
    const isOver = mute?.state === 'active' && mute.length !== 'over' && (mute.endsAt ?? 0) <= now();
    return mute && (isOver ? put({ ...mute, state: 'over' }) : mute);
  };

  const silenceOf = (mute: ChatSilence, endsAt: number): Omit<Silence, 'id'> => ({
    matchers: mute.matchers,
    startsAt: now(),
    endsAt,
    createdBy: mute.by,
    comment: commentOf(mute),
  });

  const confirm = async (
    preview: ChatSilence,
    by: string,
    signal: AbortSignal,
    messageId: number | undefined,
  ): Promise<CallbackOutcome> => {
    const mute = { ...preview, by, ...(messageId === undefined ? {} : { messageId }) };
    const { toasts } = screen().bot;
    if (elapsedSince(mute.askedAt, now()) > PREVIEW_VALID_MS)
      return { toast: toasts.outdated, edit: draw(mute) };
    const silences = await asked(alertmanager.silences(signal));
    if (silences === undefined) return silent();
    // Made by a press whose answer a crash swallowed.
    const made = silences.find((silence) => isOf(mute, silence));
    const silence = made ?? silenceOf(mute, endOf(mute.length, now()));
    const silenceId = made?.id ?? (await asked(alertmanager.putSilence(silence, signal)));
    if (silenceId === undefined) return silent();
    const active = put({ ...mute, state: 'active', silenceId, endsAt: silence.endsAt });
    dependencies.onSilenced?.();
    return { toast: mutedToast(active), edit: draw(active) };
  };

  const unmute = async (mute: ChatSilence, by: string, signal: AbortSignal): Promise<CallbackOutcome> => {
    const silences = await asked(alertmanager.silences(signal));
    if (silences === undefined) return silent();
    const silence = silences.find(({ id }) => id === mute.silenceId);
    if (silence !== undefined) {
      const done = await asked(alertmanager.expire(silence.id, signal).then(() => true));
      if (done === undefined) return silent();
    }
    const over = put({ ...mute, state: 'over', endedBy: by, endedAt: now() });
    return { toast: screen().bot.toasts.unmuted, edit: draw(over) };
  };

  const extend = async (mute: ChatSilence, by: string, signal: AbortSignal): Promise<CallbackOutcome> => {
    const silences = await asked(alertmanager.silences(signal));
    if (silences === undefined) return silent();
    const silence = silences.find(({ id }) => id === mute.silenceId);
    // From its old end: pressed again after a crash, it is the same end.
    const endsAt = endOf(mute.length, mute.endsAt ?? now());
    const wanted = silence === undefined ? silenceOf({ ...mute, by }, endsAt) : { ...silence, endsAt };
    const silenceId = await asked(alertmanager.putSilence(wanted, signal));
    if (silenceId === undefined) return silent();
    const extended = put({ ...mute, by, silenceId, endsAt, announced: false });
    return { toast: screen().bot.toasts.extended(screen().times.show(endsAt)), edit: draw(extended) };
  };

  /** What a step does to a mute that is in the state the step is for; any other state is shown as it is. */
  const take = async (
    step: SilenceStep,
    mute: ChatSilence,
    by: string,
    signal: AbortSignal,
    messageId: number | undefined,
  ): Promise<CallbackOutcome | undefined> => {
    const { toasts } = screen().bot;
    if (mute.state === 'asked') {
      if (step === 'confirm') return confirm(mute, by, signal, messageId);
      if (step === 'cancel') return { toast: toasts.cancelled, edit: draw(put({ ...mute, state: 'over' })) };
    }
    if (mute.state !== 'active') return undefined;
    if (step === 'unmute') return unmute(mute, by, signal);
    if (step === 'extend' && mute.announced === true) return extend(mute, by, signal);
    return step === 'let_ring' ? { toast: toasts.lettingRing, edit: draw(mute) } : undefined;
  };

  return {
    ask: async (request, signal) => {
      const mute = put({ ...request, id: newId(), state: 'asked', askedAt: now() });
      const radius = await radiusOf(mute, signal);
      const shown = screen();
      return { ...messageOf(previewScreen(mute, radius, shown)), buttons: silenceKeyboard(mute, shown.bot) };
    },

    press: async (step, id, by, signal, messageId) => {
      const mute = current(id);
      const { toasts } = screen().bot;
      if (mute === undefined) return { toast: toasts.outdated };
      const taken = await take(step, mute, by, signal, messageId);
      if (taken !== undefined) return taken;
      const toast = mute.state === 'active' ? mutedToast(mute) : toasts.over;
      return { toast, edit: draw(mute) };
    },

    keepUntilOver: async (edit, signal) => {
      const onOver = async (mute: ChatSilence): Promise<unknown> =>
        mute.messageId === undefined ? undefined : edit(mute.place, mute.messageId, draw(mute));
      await asked(keepUntilOver({ alertmanager, store, now, silenceOf, onOver }, signal));
    },

    announceEndings: async (tell, signal) => {
      for (const { id, length, announced, endsAt = 0 } of store.active()) {
        if (length === 'over' || announced === true || endsAt - now() > dependencies.announceBeforeMs)
          continue;
        const mute = current(id);
        if (mute?.state !== 'active') continue;
        const silences = await asked(alertmanager.silences(signal));
        if (silences === undefined) return;
        if (!silences.some((silence) => silence.id === mute.silenceId)) {
          put({ ...mute, state: 'over' });
          continue;
        }
        const radius = await radiusOf(mute, signal);
        if (radius === undefined) return;
        if (radius.alerts === 0) continue;
        const shown = screen();
        const message = {
          ...messageOf(endingScreen(mute, radius, shown)),
          buttons: endingKeyboard(mute, shown.bot),
        };
        if (await tell(mute.place, message)) put({ ...mute, announced: true });
      }
    },
  };
}

/** By which a silence is known again when the answer that it was made got lost. */
const commentOf = ({ id, by, length }: ChatSilence): string =>
  `Muted in Telegram by ${by}${length === 'over' ? UNTIL_OVER : ''} (${id})`;

const isOf = (mute: ChatSilence, { comment }: Silence): boolean => comment.endsWith(`(${mute.id})`);
