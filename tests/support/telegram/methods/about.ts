import { badRequest } from '../api-error.ts';
import type { BotCommand } from '../bots.ts';
import type { Params } from '../params.ts';
import { apiBot, apiChat } from '../views.ts';
import { findChat } from './context.ts';
import type { Method } from './context.ts';

export const getMe: Method = ({ bot }) => ({
  ...apiBot(bot.setup),
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
});

export const getChat: Method = (context) => apiChat(findChat(context));

function scopeKey(params: Params): string {
  return JSON.stringify([params.json('scope') ?? { type: 'default' }, params.string('language_code')]);
}

function isCommand(value: unknown): value is BotCommand {
  if (typeof value !== 'object' || value === null) return false;
  const { command, description } = value as Record<string, unknown>;
  return typeof command === 'string' && typeof description === 'string';
}

/** https://core.telegram.org/bots/api#setmycommands */
export const setMyCommands: Method = ({ bot, params }) => {
  const commands = params.json('commands');
  if (!Array.isArray(commands)) throw badRequest("can't parse commands list");
  const list = commands.map((value: unknown): BotCommand => {
    if (!isCommand(value)) throw badRequest("can't parse BotCommand");
    if (!/^\/?[a-z0-9_]{1,32}$/.test(value.command)) throw badRequest('BOT_COMMAND_INVALID');
    const { length } = value.description;
    if (length < 1 || length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID');
    return { command: value.command.replace(/^\//, ''), description: value.description };
  });
  if (list.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH');
  bot.commands.set(scopeKey(params), list);
  return true;
};

export const getMyCommands: Method = ({ bot, params }) => bot.commands.get(scopeKey(params)) ?? [];
