import { badRequest } from './api-error.ts';
import type { Limits } from './limits.ts';
import { linkProblem } from './links.ts';
import type { InlineButton, InlineKeyboard } from './types.ts';

const maxButtons = 100;
const otherActions = [
  'web_app',
  'login_url',
  'switch_inline_query',
  'switch_inline_query_current_chat',
  'pay',
];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * reply_markup of a message: only inline keyboards matter here. Throws ApiError 400 for what Telegram refuses.
 * https://core.telegram.org/bots/api#inlinekeyboardmarkup
 */
export function readKeyboard(markup: unknown, limits: Limits): InlineKeyboard {
  if (markup === undefined || markup === null || markup === '') return [];
  if (!isRecord(markup)) throw badRequest('object expected as reply markup');
  const rows = markup['inline_keyboard'];
  if (rows === undefined) throw badRequest('only inline keyboards are understood as reply markup');
  if (!Array.isArray(rows)) throw badRequest('field "inline_keyboard" must be of type Array');
  const keyboard = rows.map((row: unknown) => {
    if (!Array.isArray(row)) throw badRequest('inline keyboard row must be an Array');
    return row.map((button: unknown) => readButton(button, limits));
  });
  if (keyboard.flat().length > maxButtons) throw badRequest('REPLY_MARKUP_TOO_LONG');
  return keyboard.filter((row) => row.length > 0);
}

function readButton(button: unknown, limits: Limits): InlineButton {
  const prefix = "can't parse inline keyboard button:";
  if (!isRecord(button)) throw badRequest(`${prefix} InlineKeyboardButton must be an Object`);
  const { text, callback_data: data, url } = button;
  if (text === undefined) throw badRequest(`${prefix} Can't find field "text"`);
  if (typeof text !== 'string') throw badRequest(`${prefix} Field "text" must be of type String`);
  if (text.trim() === '') throw badRequest('inline keyboard button text must be non-empty');
  const given = ['callback_data', 'url', ...otherActions].filter((name) => button[name] !== undefined);
  if (given.length === 0) {
    throw badRequest(`${prefix} Text buttons are unallowed in the inline keyboard`);
  }
  if (given.length > 1) throw badRequest('inline keyboard button must have exactly one optional field');
  if (data !== undefined) {
    const bytes = typeof data === 'string' ? Buffer.byteLength(data) : 0;
    if (typeof data !== 'string' || bytes < 1 || bytes > limits.callbackDataBytes) {
      throw badRequest('BUTTON_DATA_INVALID');
    }
    return { text, callback_data: data };
  }
  if (typeof url !== 'string')
    throw badRequest(`inline keyboard button of type "${given[0] ?? ''}" is unknown here`);
  const problem = linkProblem(url);
  if (problem !== undefined) throw badRequest(`inline keyboard button URL '${url}' is invalid: ${problem}`);
  return { text, url };
}
