/**
 * Tells the two classes of failure apart: Telegram said no, or nobody answered. Pure.
 * The Bot API has no list of its refusals; they are told by their wording, which differs between methods and versions
 * of the server (https://github.com/tdlib/telegram-bot-api).
 */
import { wellFormedText } from '../../common/text/well-formed.ts';
import { createRedactor } from '../../common/redact.ts';
import { unanswered, type Unanswered } from './unanswered.ts';

/** Telegram understood the request and refused it: the message was certainly not shown. */
export type Rejected = { readonly outcome: 'rejected' } & (
  | { readonly reason: 'rate_limited'; readonly retryAfterMs: number }
  | { readonly reason: 'chat_migrated'; readonly newChatId: number }
  | { readonly reason: PlainRejection }
) &
  Described;

/** Nobody competent answered: try again, knowing that the message may have been shown. */
export type Unreachable = Unanswered & Described;

export type TelegramFailure = Rejected | Unreachable;
export type FailureReason = TelegramFailure['reason'];

interface Described {
  /** For logs: without token, without credentials, at most 300 characters. */
  readonly description: string;
}

type PlainRejection =
  /** Resend as plain text. */
  | 'cannot_parse_entities'
  /** Shorten or split. */
  | 'too_long'
  /** What the edit asks for is shown already. */
  | 'not_modified'
  /** Send anew: the message is gone, too old to edit, or not ours. */
  | 'edit_target_missing'
  | 'reply_target_missing'
  /** Send without the topic: it is gone or closed. */
  | 'thread_missing'
  /** A pressed button that was answered too late; nothing to do. */
  | 'query_too_old'
  /** Permanent until the operator mends it. */
  | 'chat_not_found'
  /** The chat does not let the bot write: permanent until somebody there mends it. */
  | 'blocked'
  /** Wrong token (401, or 404 when it does not even look like one). */
  | 'unauthorized'
  /** Another poller holds the token. */
  | 'conflict'
  /** Permanent for this message; another one may pass. */
  | 'bad_request';

export interface CallContext {
  /** Whether a connection to Telegram stood, so that the request could be written; unknown when left out. */
  readonly connected?: boolean;
  /** Who ended the call when nobody answered. */
  readonly endedBy?: 'deadline' | 'caller';
  /** Takes further secrets out of the description. */
  readonly redact?: (text: string) => string;
}

/** What telegraf's `TelegramError` carries; told by shape, so that this stays free of I/O. */
interface Refusal {
  readonly code: number;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** When a 429 does not say how long to wait. */
const DEFAULT_RETRY_AFTER_MS = 5_000;
const MAX_DESCRIPTION_CHARS = 300;

const WORDINGS: readonly (readonly [PlainRejection, RegExp])[] = [
  ['cannot_parse_entities', /can['’]?t parse|parse entities|\bENTIT(?:Y|IES)_/i],
  ['too_long', /(?:message|text|caption) is too long|MESSAGE_TOO_LONG|CAPTION_TOO_LONG/i],
  ['not_modified', /message is not modified|MESSAGE_NOT_MODIFIED/i],
  ['reply_target_missing', /(?:repl(?:y|ied)|to be replied).*not found|REPLY_MESSAGE_ID_INVALID/i],
  [
    'edit_target_missing',
    /message to edit not found|message can['’]?t be edited|^(?:.*\W)?MESSAGE_ID_INVALID/i,
  ],
  ['thread_missing', /(?:thread|topic) (?:not found|is closed)|TOPIC_(?:CLOSED|DELETED|ID_INVALID)/i],
  ['query_too_old', /query is too old|query ID is invalid|QUERY_ID_INVALID/i],
  ['chat_not_found', /chat not found|(?:PEER|CHAT)_ID_INVALID/i],
  [
    'blocked',
    /(?:have no|not enough) rights|need administrator rights|CHAT_(?:WRITE|SEND_\w+)_FORBIDDEN|CHAT_RESTRICTED|USER_IS_BLOCKED|upgraded to a supergroup/i,
  ],
];

const noSecrets = createRedactor({ secrets: [] });

/**
 * Classifies whatever a call threw. Never throws.
 * @param context what the caller knows of the connection; without it the error alone decides, and doubt counts as
 *   "may have arrived"
 */
export function classify(error: unknown, context: CallContext = {}): TelegramFailure {
  const describe = (text: string): Described => {
    const safe = (context.redact ?? noSecrets.text)(noSecrets.text(text));
    return { description: wellFormedText(safe.slice(0, MAX_DESCRIPTION_CHARS)) };
  };
  const refusal = asRefusal(error);
  if (refusal !== undefined && isAnswer(refusal.code)) {
    return {
      outcome: 'rejected',
      ...reject(refusal),
      ...describe(`${refusal.code}: ${refusal.description}`),
    };
  }
  if (refusal !== undefined) {
    const sentence = Number.isNaN(refusal.code)
      ? 'The answer is not one of the Bot API.'
      : `${refusal.code}: ${refusal.description}`;
    return {
      outcome: 'unreachable',
      reason: 'server_error',
      mayHaveArrived: context.connected !== false,
      ...describe(sentence),
    };
  }
  const { sentence, ...rest } = unanswered(error, context);
  return { ...rest, ...describe(sentence) };
}

/** A refusal has a 4xx code; 5xx is a server that did not manage to decide, and may have shown the message. */
const isAnswer = (code: number): boolean => code >= 400 && code < 500 && code !== 408;

function reject({ code, description, parameters }: Refusal) {
  switch (code) {
    case 401:
    case 404:
      return { reason: 'unauthorized' } as const;
    case 403:
      return { reason: 'blocked' } as const;
    case 409:
      return { reason: 'conflict' } as const;
    case 413:
      return { reason: 'too_long' } as const;
    case 420:
    case 429:
      return { reason: 'rate_limited', retryAfterMs: retryAfterMs(description, parameters) } as const;
    default: {
      const newChatId = parameters['migrate_to_chat_id'];
      if (typeof newChatId === 'number') return { reason: 'chat_migrated', newChatId } as const;
      return {
        reason: WORDINGS.find(([, wording]) => wording.test(description))?.[0] ?? 'bad_request',
      } as const;
    }
  }
}

function retryAfterMs(description: string, parameters: Refusal['parameters']): number {
  const given = Number(
    parameters['retry_after'] ?? /(?:retry (?:after|in)\s|FLOOD_WAIT_)(\d+)/i.exec(description)?.[1],
  );
  if (!Number.isFinite(given)) return DEFAULT_RETRY_AFTER_MS;
  return Math.max(1, Math.ceil(given)) * 1_000;
}

function asRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('response' in error)) return undefined;
  const response: unknown = error.response;
  if (typeof response !== 'object' || response === null) return undefined;
  const fields = response as Readonly<Record<string, unknown>>;
  const { error_code: code, description, parameters } = fields;
  return {
    code: typeof code === 'number' ? code : Number.NaN,
    description: typeof description === 'string' ? description : '',
    parameters:
      typeof parameters === 'object' && parameters !== null ? (parameters as Record<string, unknown>) : {},
  };
}
