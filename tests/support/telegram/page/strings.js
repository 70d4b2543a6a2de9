/* global document */

const ru = {
  today: 'Сегодня',
  yesterday: 'Вчера',
  edited: 'изменено',
  silent: 'Без звука',
  photo: 'Фото',
  empty: 'Пока тихо…',
  emptyHint: 'Сообщения бота появятся здесь сами',
  write: 'Сообщение или /команда',
  send: 'Отправить',
  bottom: 'К последним сообщениям',
  bot: 'бот',
  group: 'группа',
  typing: 'печатает…',
  connecting: 'соединение…',
  blocked: 'Бот заблокирован: сообщения сюда не дойдут',
  missing: 'Чат не найден: сообщения сюда не дойдут',
  migrated: 'Группа стала супергруппой',
  failed: 'Не получилось',
  chats: 'Чаты',
  pinned: 'Закреплено',
};

/** @type {typeof ru} */
const en = {
  today: 'Today',
  yesterday: 'Yesterday',
  edited: 'edited',
  silent: 'Silent',
  photo: 'Photo',
  empty: 'Quiet so far…',
  emptyHint: 'What the bot sends will appear here by itself',
  write: 'Message or /command',
  send: 'Send',
  bottom: 'To the latest messages',
  bot: 'bot',
  group: 'group',
  typing: 'typing…',
  connecting: 'connecting…',
  blocked: 'The bot is blocked: nothing can arrive here',
  missing: 'Chat not found: nothing can arrive here',
  migrated: 'The group became a supergroup',
  failed: 'That did not work',
  chats: 'Chats',
  pinned: 'Pinned',
};

export const language = document.documentElement.lang === 'en' ? 'en' : 'ru';
export const strings = language === 'en' ? en : ru;
