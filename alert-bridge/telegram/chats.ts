/** Reads the chats that are told: `ADMIN_TELEGRAM_ID`. Pure. */

/** One chat, or one topic of a forum. */
export interface ChatTarget {
  /** Telegram's id: positive for a person, negative for a group or channel. */
  readonly id: number;
  /** `message_thread_id` of a forum topic. */
  readonly topicId?: number;
  /** The same as text, `id` or `id:topic`: names the chat in the ledger. Two targets never share one. */
  readonly key: string;
}

export interface ChatProblem {
  /** The item as written; undefined when it may be a secret. */
  readonly received: string | undefined;
  /** What to do about it. */
  readonly fix: string;
}

export interface ParsedChats {
  readonly targets: readonly ChatTarget[];
  readonly problems: readonly ChatProblem[];
}

const ITEM = /^(-?\d{1,20})(?:\s*:\s*(\d{1,20}))?$/;
/** Somebody pasted the token of a bot into the wrong line. */
const LOOKS_SECRET = /:.*[A-Za-z]|[\w-]{30}/;
/** The General topic of every forum. Sending to it by its number is "message thread not found". */
const GENERAL_TOPIC = 1;

/** Parses `123, -100987:42`. Bad items are problems, good ones targets; an empty text gives neither. */
export function parseChats(text: string): ParsedChats {
  const targets = new Map<string, ChatTarget>();
  const problems: ChatProblem[] = [];
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    const target = parseItem(item);
    if ('fix' in target) problems.push(target);
    else if (targets.has(target.key))
      problems.push({ received: item, fix: `Remove it: the chat ${target.key} is listed twice.` });
    else targets.set(target.key, target);
  }
  return { targets: [...targets.values()], problems };
}

function parseItem(item: string): ChatTarget | ChatProblem {
  const match = ITEM.exec(item);
  if (match === null) return malformed(item);
  const id = Number(match[1]);
  if (!Number.isSafeInteger(id) || id === 0)
    return {
      received: item,
      fix: 'Write the id of a chat: a whole number other than 0, at most 16 digits long.',
    };
  if (match[2] === undefined) return { id, key: String(id) };
  const topicId = Number(match[2]);
  if (!Number.isSafeInteger(topicId) || topicId === 0)
    return { received: item, fix: 'Write the number of a topic after the colon, as in -1001234567890:42.' };
  return topicId === GENERAL_TOPIC ? { id, key: String(id) } : { id, topicId, key: `${id}:${topicId}` };
}

function malformed(item: string): ChatProblem {
  if (item.startsWith('@'))
    return {
      received: item,
      fix: 'Write the numeric id instead of the name: @userinfobot tells a person theirs.',
    };
  const fix =
    'Write ids of chats such as 123456789 or, for a forum topic, -1001234567890:42, comma-separated.';
  return LOOKS_SECRET.test(item)
    ? { received: undefined, fix: `${fix} What stands there looks like a secret.` }
    : { received: item, fix };
}

/** Who may command when `ADMIN_USER_IDS` is unset: the people among the chats. Membership of a group grants nothing. */
export function defaultAdminUserIds(targets: readonly ChatTarget[]): readonly number[] {
  return [...new Set(targets.map(({ id }) => id).filter((id) => id > 0))];
}
