import type {
  ChatSender,
  OutgoingText,
  SendResult,
  SendOptions,
} from '../../../../alert-bridge/telegram/sender.ts';
import type { PipelineDependencies } from '../../../../alert-bridge/notify/pipeline.ts';
import type { Severity } from '../../../../alert-bridge/model/signal.ts';
import type { AlertIncident, Content, MessageRef } from '../../../../alert-bridge/model/incident.ts';
import type { FakeClock } from '../../../support/machine/fake-clock.ts';

export const T0 = 1_700_000_000_000;

export type Shown = {
  readonly method: 'send' | 'edit' | 'reply' | 'picture';
  readonly text: string;
  readonly silent?: boolean;
};

/** A chat that answers as scripted, and takes one request a second like the real one. */
export class ScriptedChannel implements ChatSender {
  readonly chat: ChatSender['chat'];
  readonly requests: Shown[] = [];
  /** When each of them came, Unix ms. */
  readonly times: number[] = [];
  /** What each message shows now, by its id. */
  readonly messages = new Map<number, string>();
  readonly answers: (SendResult | 'never')[] = [];
  readonly #clock: FakeClock;
  #next = 0;
  #messageId = 100;

  constructor(clock: FakeClock, key = '1') {
    this.chat = { id: Number(key), key };
    this.#clock = clock;
  }

  readyAt(): number {
    return this.#next;
  }

  drainMs(requests: number): number {
    return Math.max(0, requests - 1) * 1_000;
  }

  async ready(signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(Math.max(0, this.#next - this.#clock.now()), signal);
  }

  send(message: OutgoingText, { silent, replyTo }: SendOptions, signal: AbortSignal): Promise<SendResult> {
    return this.#answer(
      { method: replyTo === undefined ? 'send' : 'reply', text: message.plain, silent },
      signal,
    );
  }

  sendPicture(_png: Uint8Array, { messageId }: MessageRef, signal: AbortSignal): Promise<SendResult> {
    return this.#answer({ method: 'picture', text: `under ${messageId}` }, signal);
  }

  edit({ messageId }: MessageRef, message: OutgoingText, signal: AbortSignal): Promise<SendResult> {
    return this.#answer({ method: 'edit', text: message.plain }, signal, messageId);
  }

  #answer(shown: Shown, signal: AbortSignal, edited?: number): Promise<SendResult> {
    this.#next = this.#clock.now() + 1_000;
    this.requests.push(shown);
    this.times.push(this.#clock.now());
    const answer = this.answers.shift() ?? {
      status: 'shown',
      messageId: edited ?? (this.#messageId += 1),
    };
    if (answer !== 'never' && answer.status === 'shown') this.messages.set(answer.messageId, shown.text);
    if (answer !== 'never') return Promise.resolve(answer);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(unreachable(true)));
    });
  }
}

export const unreachable = (mayHaveArrived: boolean): SendResult => ({
  status: 'retry',
  reason: 'timeout',
  cause: 'telegram_unreachable',
  mayHaveArrived,
  permanent: false,
});
export const refusedForGood: SendResult = {
  status: 'retry',
  reason: 'blocked',
  cause: 'telegram_refused',
  mayHaveArrived: false,
  permanent: true,
};

/** Says what a message shows, in a line. */
export function draw(content: Content): string {
  if (content.kind === 'event_list') return `list of ${content.entries.length}`;
  if (content.kind === 'report') return `report of ${content.report.date}`;
  if (content.kind === 'digest' || content.kind === 'digest_resolution') {
    const { incident, summary } = content;
    return `${content.kind} ${incident.digest} ${summary.resolved}/${summary.members} of ${summary.nameCount}${flapsOf(incident)}`;
  }
  const { incident } = content;
  const firing =
    incident.kind === 'alerts'
      ? Object.values(incident.members).filter((m) => m.status === 'firing').length
      : '-';
  const late = incident.late === undefined ? '' : ` late: ${incident.late.cause}`;
  const flaps = incident.kind === 'events' ? '' : flapsOf(incident);
  const again = incident.kind === 'alerts' && incident.remindedAt !== undefined ? ' reminder' : '';
  const passedOn = incident.kind === 'alerts' && incident.passedOnAt !== undefined ? ' passed on' : '';
  return `${content.kind} ${incident.type} firing ${firing} count ${incident.count}${late}${again}${passedOn}${flaps}`;
}

const flapsOf = ({ flapping }: Pick<AlertIncident, 'flapping'>): string =>
  flapping === undefined ? '' : ` flaps ${flapping.count}`;

export const alert = (
  status: 'firing' | 'resolved',
  fingerprint = 'f',
  severity: Severity = 'critical',
  name = 'Down',
) => ({
  type: `alert:${name}`,
  severity,
  body: { kind: 'alert', status, fingerprint, labels: {}, annotations: {}, startsAt: T0 } as const,
});
export const payment = {
  type: 'payment_received',
  severity: 'info',
  body: { kind: 'payment_received', userId: '1', amount: 1, currency: 'XTR', paymentType: 'month' },
} as const;

export const noPictures: PipelineDependencies['pictures'] = {
  follow: () => undefined,
  areReady: () => false,
  sendOne: () => Promise.resolve(),
};
