import { badRequest } from '../api-error.ts';
import type { Chat, Draft } from '../chat-store.ts';
import { formatText } from '../format-text.ts';
import { readKeyboard } from '../keyboard.ts';
import { apiMessage } from '../views.ts';
import { findChat, spend } from './context.ts';
import type { Context, Method } from './context.ts';
import { readPhoto } from './photo.ts';

/** Explicit entities would go unread: better no message than a plain one nobody asked for. */
export function readText(
  { params, world }: Context,
  kind: 'text' | 'caption',
): ReturnType<typeof formatText> {
  const entities = kind === 'text' ? 'entities' : 'caption_entities';
  if (params.raw(entities) !== undefined) {
    throw badRequest(`${entities} are not understood here; send parse_mode HTML`);
  }
  return formatText(params.string(kind), params.string('parse_mode'), kind, world.limits);
}

function readReply({ params, world }: Context, chat: Chat): number | null {
  const parameters = params.json('reply_parameters') as Record<string, unknown> | undefined;
  const id = parameters ? Number(parameters['message_id']) : params.integer('reply_to_message_id');
  if (id === undefined) return null;
  if (world.chats.message(chat, id)) return id;
  const lenient =
    parameters?.['allow_sending_without_reply'] === true || params.boolean('allow_sending_without_reply');
  if (lenient) return null;
  throw badRequest('message to be replied not found');
}

function readTopic({ params }: Context, chat: Chat): number | null {
  const id = params.integer('message_thread_id');
  if (id === undefined) return null;
  if (!chat.topics.some((topic) => topic.id === id)) throw badRequest('message thread not found');
  return id;
}

/** As the chat was told to: everything, or what has certain words in it. */
export function refuse(chat: Chat, text: string, words: string): void {
  if (chat.refusal !== null && text.includes(words)) throw badRequest(chat.refusal);
}

function store(context: Context, content: Pick<Draft, 'text' | 'entities' | 'photo'>): unknown {
  const { world, bot, params } = context;
  const chat = findChat(context);
  const draft: Draft = {
    ...content,
    from: { bot: bot.setup },
    silent: params.boolean('disable_notification'),
    buttons: readKeyboard(params.json('reply_markup'), world.limits),
    topicId: readTopic(context, chat),
    replyTo: readReply(context, chat),
  };
  refuse(chat, content.text, chat.refusedWords ?? '');
  spend(context, chat);
  const message = world.chats.add(chat, draft, world.nowSeconds());
  world.tellMessage(chat, message);
  return apiMessage(world.chats, chat, message);
}

export const sendMessage: Method = (context) => store(context, { ...readText(context, 'text'), photo: null });

export const sendPhoto: Method = (context) =>
  store(context, { ...readText(context, 'caption'), photo: readPhoto(context, 'photo') });

export const sendChatAction: Method = (context) => {
  const action = context.params.string('action');
  const actions = ['typing', 'upload_photo', 'upload_document', 'record_video', 'find_location'];
  if (!actions.includes(action)) throw badRequest('wrong parameter action in request');
  const chat = findChat(context);
  context.world.tell({ type: 'action', chat_id: chat.id, action, bot: context.bot.setup.username });
  return true;
};
