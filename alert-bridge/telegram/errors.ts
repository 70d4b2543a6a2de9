/**
 * Tells the two classes of failure apart: Telegram said no, or nobody answered. Pure.
 * The Bot API has no list of its refusals; they are told by their wording, which differs between methods and versions
 * of the server. Whatever is not known here loses no message: see docs/decisions/0024-refusals.md.
 */
import { wellFormedText } from '../../common/text/well-formed.ts';
import { createRedactor } from '../../common/redact/redact.ts';
import { clip, oneLine } from '../../common/text/clean.ts';
import { LONGEST_PAUSE_MS } from './budget.ts';
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
  // About this message: another one may pass.
  /** Resend as plain text. */
  | 'cannot_parse_entities'
  /** Shorten or split. */
  | 'too_long'
  /** What the edit asks for is shown already. */
  | 'not_modified'
  /** Send anew: the message is gone, too old to edit, or not ours. */
  | 'edit_target_missing'
  | 'reply_target_missing'
  /** A pressed button that was answered too late; nothing to do. */
  | 'query_too_old'
  /** Its words, buttons or picture are not taken: say it more simply. */
  | 'bad_request'
  // About the chat, the bot or the rights: nothing passes until somebody mends it.
  /** Send without the topic: it is gone or closed. */
  | 'thread_missing'
  | 'chat_not_found'
  /** The chat does not let the bot write. */
  | 'blocked'
  /** Wrong token (401, or 404 when it does not even look like one). */
  | 'unauthorized'
  /** Another poller holds the token. */
  | 'conflict'
  /** Wording that is not known here: taken for one about the chat, so that nothing is lost. */
  | 'unknown_refusal';

export interface CallContext {
  /** Whether a connection to Telegram stood, so that the request could be written; unknown when left out. */
  readonly connected?: boolean;
  /** What ended the call when nobody answered, or not in the way of the Bot API. */
  readonly endedBy?: 'deadline' | 'caller' | 'length';
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
/** No more of it is looked at: a server may answer with megabytes. */
const READ_DESCRIPTION_CHARS = 2_000;

/** Told in seconds by 429, and by names that older servers pass on with 400 or 420. */
const WAIT = /(?:retry (?:after|in) |_WAIT_)(\d+)/i;

/**
 * In this order: what the chat says is believed before what is said of the message. Sentences of the Bot API server
 * (https://github.com/tdlib/telegram-bot-api) and of TDLib under it, and names that Telegram itself answers with and they
 * pass on (https://core.telegram.org/method/messages.sendMessage#possible-errors, …/messages.sendMedia,
 * …/messages.editMessage).
 */
const WORDINGS: readonly (readonly [PlainRejection, RegExp])[] = [
  ['not_modified', /message is not modified|MESSAGE_NOT_MODIFIED/i],
  ['query_too_old', /query is too old|query ID is invalid|QUERY_ID_INVALID/i],
  [
    'thread_missing',
    /(?:thread|topic) (?:not found|is closed)|TOPIC_(?:CLOSED|DELETED|ID_INVALID)|forum topic identifier|chat is not a (?:\w+ )?forum|doesn['’]?t have topics|access the topic/i,
  ],
  [
    'chat_not_found',
    /\bchat not found|\b(?:PEER|CHAT|CHANNEL|USER)_(?:ID_)?INVALID|chat_id is empty|chat identifier|chat is not accessible/i,
  ],
  [
    'blocked',
    /(?:have no|not enough) rights|need administrator rights|no (?:write )?access to the (?:chat|user)|can['’]?t access the (?:chat|user)|RIGHT_FORBIDDEN|CHAT_(?:ADMIN_REQUIRED|FORBIDDEN|RESTRICTED|DEACTIVATED)|CHAT_\w+_FORBIDDEN|CHANNEL_(?:PRIVATE|PUBLIC_GROUP_NA|MONOFORUM_UNSUPPORTED)|\bUSER_(?:IS_BLOCKED|BANNED_IN_CHANNEL|IS_BOT|DELETED|DEACTIVATED|RESTRICTED|NOT_PARTICIPANT|KICKED|PRIVACY_RESTRICTED)|INPUT_USER_DEACTIVATED|YOU_BLOCKED_USER|bot (?:is not a member|was (?:kicked|blocked))|user is (?:deactivated|bot)|chat (?:is|was) (?:deactivated|deleted|upgraded)|ALLOW_PAYMENT_REQUIRED|PAYMENT_UNSUPPORTED|BALANCE_TOO_LOW|PREMIUM_(?:ACCOUNT_)?REQUIRED|SEND_AS_PEER_INVALID|FROZEN_METHOD_INVALID/i,
  ],
  [
    'reply_target_missing',
    /(?:repl(?:y|ied)|to be replied).*not found|REPLY_(?:MESSAGE_ID|TO|TO_USER)_INVALID|QUOTE_TEXT_INVALID/i,
  ],
  [
    'edit_target_missing',
    /message (?:to (?:edit|delete) )?not found|message can['’]?t be (?:edited|deleted)|message identifier|no (?:text|caption) in the message|(?:MESSAGE|MSG)_ID_INVALID|MESSAGE_(?:NOT_FOUND|EDIT_TIME_EXPIRED|AUTHOR_REQUIRED|DELETE_FORBIDDEN)|INLINE_BOT_REQUIRED/i,
  ],
  ['cannot_parse_entities', /can['’]?t parse|parse entities|\bENTIT(?:Y|IES)_/i],
  ['too_long', /(?:message|text|caption) is too long|(?:MESSAGE|CAPTION)_TOO_LONG/i],
  [
    'bad_request',
    /(?:text|caption|message) (?:is|must be) (?:non-)?empty|MESSAGE_EMPTY|BUTTON|keyboard|REPLY_MARKUP|reply markup|in UTF-8|HTTP URL|(?:URL|DOMAIN)_INVALID|WEB_?PAGE|web page|link preview|parse_mode|BOT_(?:INVALID|DOMAIN_INVALID)|PEER_TYPES_INVALID|PHOTO|IMAGE_PROCESS_FAILED|MEDIA_|\bFILE|DOCUMENT_INVALID/i,
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
    const read = text.slice(0, READ_DESCRIPTION_CHARS);
    const safe = (context.redact ?? noSecrets.text)(noSecrets.text(read));
    return { description: clip(wellFormedText(oneLine(safe)), MAX_DESCRIPTION_CHARS) };
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

function reject({ code, description: told, parameters }: Refusal) {
  const description = told.slice(0, READ_DESCRIPTION_CHARS);
  if (code === 420 || code === 429 || WAIT.test(description))
    return { reason: 'rate_limited', retryAfterMs: retryAfterMs(description, parameters) } as const;
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
    default: {
      const newChatId = parameters['migrate_to_chat_id'];
      if (isGroupId(newChatId)) return { reason: 'chat_migrated', newChatId } as const;
      return {
        reason: WORDINGS.find(([, wording]) => wording.test(description))?.[0] ?? 'unknown_refusal',
      } as const;
    }
  }
}

const isGroupId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) < 0;

/** Of at least a second and at most a day, whatever stands there. */
function retryAfterMs(description: string, parameters: Refusal['parameters']): number {
  const given = parameters['retry_after'];
  const seconds =
    typeof given === 'number' && Number.isFinite(given) ? given : Number(WAIT.exec(description)?.[1]);
  if (!Number.isFinite(seconds)) return DEFAULT_RETRY_AFTER_MS;
  return Math.min(Math.max(1, Math.ceil(seconds)) * 1_000, LONGEST_PAUSE_MS);
}

function asRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('response' in error)) return undefined;
  const response: unknown = error.response;
  const fields = (typeof response === 'object' ? (response ?? {}) : {}) as Readonly<Record<string, unknown>>;
  const { error_code: code, description, parameters } = fields;
  return {
    code: typeof code === 'number' ? code : Number.NaN,
    description: typeof description === 'string' ? description : '',
    parameters:
      typeof parameters === 'object' && parameters !== null ? (parameters as Record<string, unknown>) : {},
  };
}
