/* global document, location, localStorage, setTimeout, clearTimeout, URLSearchParams */
import { bubble, make } from './bubble.js';
import * as server from './server.js';
import { language, strings } from './strings.js';

/**
 * @typedef {import('../types.ts').ChatView} ChatView
 * @typedef {import('../types.ts').MessageView} MessageView
 * @typedef {import('../types.ts').FakeEvent} FakeEvent
 */

/** @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

const list = byId('messages');
const status = byId('status');
const toast = byId('toast');
const jump = byId('jump');
const compose = byId('compose');
const field = /** @type {HTMLInputElement} */ (byId('text'));

const wish = new URLSearchParams(location.search);
const theme = wish.get('theme');
if (theme !== null) document.documentElement.dataset['theme'] = theme;

/** @type {ChatView[]} */
let chats = [];
/** @type {MessageView[]} */
let messages = [];
let eventCount = 0;
let botName = 'Telegram';
let currentId = Number(wish.get('chat') ?? Number.NaN);
/** @type {Map<number, number>} */
const unread = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let toastTimer;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typingTimer;

const dayName = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long' });

/** @param {number} dateSeconds */
function day(dateSeconds) {
  const date = new Date(dateSeconds * 1000);
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return strings.today;
  today.setDate(today.getDate() - 1);
  return date.toDateString() === today.toDateString() ? strings.yesterday : dayName.format(date);
}

function current() {
  return chats.find(({ id }) => id === currentId);
}

/** @param {string} text */
function showToast(text) {
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toast.hidden = true), 4000);
}

/** @param {Promise<void>} work */
function orToast(work) {
  return work.catch((/** @type {unknown} */ error) => {
    showToast(`${strings.failed}: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** @param {string} text */
function say(text) {
  return orToast(server.say(currentId, text));
}

/** @param {MessageView} message */
function drawn(message) {
  const bots = new Set(messages.filter(({ from }) => from.is_bot).map(({ from }) => from.id));
  const chat = current();
  return bubble(message, {
    named: message.from.is_bot ? chat?.kind !== 'private' || bots.size > 1 : chat?.kind !== 'private',
    topic: chat?.topics.find(({ id }) => id === message.thread_id)?.name ?? '',
    quoted: messages.find(({ message_id, deleted }) => message_id === message.reply_to && !deleted),
    onPress: (data) => orToast(server.press(message.chat_id, message.message_id, data)),
    onCommand: (command) => void say(command),
    onQuote: (id) =>
      document.getElementById(`m${id}`)?.scrollIntoView({ block: 'center', behavior: 'smooth' }),
  });
}

function trouble() {
  const chat = current();
  if (chat?.blocked) return strings.blocked;
  if (chat?.missing) return strings.missing;
  return chat && chat.migratedTo !== null ? strings.migrated : '';
}

function atBottom() {
  return list.scrollHeight - list.scrollTop - list.clientHeight < 80;
}

/** @param {number} [freshId] the message that has just come */
function draw(freshId) {
  const follow = atBottom() || freshId === undefined;
  /** @type {HTMLElement[]} */
  const rows = [];
  let shownDay = '';
  for (const message of messages.filter(({ deleted }) => !deleted)) {
    const name = day(message.date);
    if (name !== shownDay) rows.push(make('div', 'pill day', name));
    shownDay = name;
    const row = drawn(message);
    if (message.message_id === freshId) row.classList.add('fresh');
    rows.push(row);
  }
  if (rows.length === 0) rows.push(emptyState());
  const wrong = trouble();
  if (wrong !== '') rows.push(make('div', 'pill', wrong));
  list.replaceChildren(...rows);
  if (follow) list.scrollTop = list.scrollHeight;
  jump.hidden = atBottom();
}

function emptyState() {
  const box = make('div', 'empty');
  box.append(make('big', '', '🌙'), strings.empty, make('small', '', strings.emptyHint));
  return box;
}

/**
 * An edit redraws its own bubble and those that quote it, so that opened quotes elsewhere stay open.
 * @param {MessageView} message
 */
function take(message) {
  const index = messages.findIndex(({ message_id }) => message_id === message.message_id);
  const shown = document.getElementById(`m${message.message_id}`);
  if (index === -1) messages.push(message);
  else messages[index] = message;
  if (index === -1 || message.deleted || !shown) {
    draw(message.message_id);
    return;
  }
  const follow = atBottom();
  shown.replaceWith(drawn(message));
  for (const answer of messages.filter(({ reply_to: quoted }) => quoted === message.message_id)) {
    document.getElementById(`m${answer.message_id}`)?.replaceWith(drawn(answer));
  }
  if (follow) list.scrollTop = list.scrollHeight;
}

function drawChats() {
  const nav = byId('chats');
  nav.hidden = chats.length < 2;
  nav.setAttribute('aria-label', strings.chats);
  nav.replaceChildren(
    ...chats.map((chat) => {
      const button = make('button', '', chat.title);
      const count = unread.get(chat.id) ?? 0;
      if (count > 0) button.append(make('span', 'unread', String(count)));
      button.setAttribute('aria-current', String(chat.id === currentId));
      button.addEventListener('click', () => void orToast(open(chat.id)));
      return button;
    }),
  );
}

/** The name above is the bot's in a private chat, as on the admin's phone, and the group's in a group. */
function drawHeader() {
  const chat = current();
  const bot = messages.findLast(({ from }) => from.is_bot)?.from.name;
  const title = chat?.kind === 'private' ? (bot ?? botName) : (chat?.title ?? 'Telegram');
  byId('title').textContent = title;
  document.title = title;
  byId('avatar').textContent = String.fromCodePoint(title.codePointAt(0) ?? 32).toUpperCase();
  setStatus(chat?.kind === 'private' ? strings.bot : strings.group, false);
}

/**
 * @param {string} text
 * @param {boolean} live
 */
function setStatus(text, live) {
  status.textContent = text;
  status.classList.toggle('live', live);
}

/**
 * What came while the list was being read may be missing from it: then it is read again.
 * @param {number} chatId
 */
async function readQuietly(chatId) {
  for (;;) {
    const before = eventCount;
    const read = await server.readMessages(chatId);
    if (before === eventCount) return read;
  }
}

/** @param {number} chatId */
async function open(chatId) {
  currentId = chatId;
  unread.delete(chatId);
  localStorage.setItem('chat', String(chatId));
  const read = await readQuietly(chatId);
  // Another chat may have been opened meanwhile.
  if (currentId !== chatId) return;
  messages = read;
  drawChats();
  drawHeader();
  draw();
}

async function refresh() {
  chats = await server.readChats();
  const bots = await server.readBots();
  // Before the first message: the bot that may write here is the one nobody else's webhook serves.
  botName = (bots.find(({ webhookUrl }) => webhookUrl === '') ?? bots[0])?.name ?? botName;
  const known = [currentId, Number(localStorage.getItem('chat') ?? Number.NaN)];
  const chat = chats.find(({ id }) => known.includes(id)) ?? chats[0];
  if (chat) await open(chat.id);
}

/** @param {FakeEvent} event */
function onEvent(event) {
  eventCount += 1;
  if (event.type === 'chats') void orToast(refresh());
  else if (event.chat_id !== currentId) onOtherChat(event);
  else if (event.type === 'message') {
    take(event.message);
    drawHeader();
  } else if (event.type === 'answer') {
    if (event.answer.text !== '') showToast(event.answer.text);
  } else {
    setStatus(strings.typing, true);
    clearTimeout(typingTimer);
    typingTimer = setTimeout(drawHeader, 5000);
  }
}

/** @param {FakeEvent} event */
function onOtherChat(event) {
  if (event.type !== 'message' || event.message.edit_date !== null || event.message.deleted) return;
  unread.set(event.chat_id, (unread.get(event.chat_id) ?? 0) + 1);
  drawChats();
}

compose.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (text === '') return;
  field.value = '';
  compose.classList.add('quiet');
  void say(text);
});
field.addEventListener('input', () => compose.classList.toggle('quiet', field.value.trim() === ''));
list.addEventListener('scroll', () => (jump.hidden = atBottom()));
jump.addEventListener('click', () => list.scrollTo({ top: list.scrollHeight, behavior: 'smooth' }));

field.placeholder = strings.write;
byId('send').setAttribute('aria-label', strings.send);
jump.setAttribute('aria-label', strings.bottom);
compose.classList.add('quiet');

server.listen({
  onOpen: () => void orToast(refresh()),
  onLost: () => setStatus(strings.connecting, true),
  onEvent,
});
