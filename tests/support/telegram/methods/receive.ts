import { ApiError, badRequest } from '../api-error.ts';
import type { Context, Method } from './context.ts';

const maxPollSeconds = 50;

export const getUpdates: Method = ({ bot, params, signal }) => {
  if (bot.webhookUrl !== '') {
    const what =
      "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
    throw new ApiError(409, `Conflict: ${what}`);
  }
  const timeout = Math.min(maxPollSeconds, Math.max(0, params.integer('timeout') ?? 0));
  return bot.updates.poll({
    offset: params.integer('offset'),
    limit: Math.min(100, Math.max(1, params.integer('limit') ?? 100)),
    timeoutMs: timeout * 1000,
    allowed: params.json('allowed_updates') as string[] | undefined,
    signal,
  });
};

function dropPending({ bot, params }: Context): void {
  if (!params.boolean('drop_pending_updates')) return;
  bot.updates.drop();
  bot.pendingUpdates = 0;
}

export const deleteWebhook: Method = (context) => {
  context.bot.webhookUrl = '';
  dropPending(context);
  return true;
};

export const setWebhook: Method = (context) => {
  const url = context.params.string('url');
  if (url !== '' && !url.startsWith('https://')) {
    throw badRequest('bad webhook: An HTTPS URL must be provided for webhook');
  }
  context.bot.webhookUrl = url;
  dropPending(context);
  return true;
};

/** https://core.telegram.org/bots/api#webhookinfo */
export const getWebhookInfo: Method = ({ bot }) => ({
  url: bot.webhookUrl,
  has_custom_certificate: false,
  pending_update_count: bot.pendingUpdates + bot.updates.size,
  ...(bot.lastErrorDate === null ? {} : { last_error_date: bot.lastErrorDate }),
  ...(bot.lastErrorMessage === null ? {} : { last_error_message: bot.lastErrorMessage }),
});

export const answerCallbackQuery: Method = ({ bot, world, params }) => {
  const id = params.string('callback_query_id');
  const query = bot.queries.get(id);
  if (!query || world.now() - query.pressedAtMs > world.limits.callbackQueryAgeMs) {
    throw badRequest('query is too old and response timeout expired or query ID is invalid');
  }
  const text = params.string('text');
  if (text.length > 200) throw badRequest('MESSAGE_TOO_LONG');
  query.answer = { query_id: id, text, show_alert: params.boolean('show_alert') };
  world.tell({ type: 'answer', chat_id: query.chatId, answer: query.answer });
  return true;
};
