/* global document */
import { link, richText } from './rich-text.js';
import { language, strings } from './strings.js';

/**
 * @typedef {import('../types.ts').MessageView} MessageView
 * @typedef {import('../types.ts').InlineButton} InlineButton
 * @typedef {object} Surroundings
 * @property {boolean} named whether the sender's name is shown
 * @property {string} topic name of the forum topic, empty for none
 * @property {MessageView | undefined} quoted the message this one answers
 * @property {(data: string) => Promise<void>} onPress
 * @property {(command: string) => void} onCommand
 * @property {(messageId: number) => void} onQuote
 */

const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hour12: false });
const fullTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' });

/**
 * @param {MessageView} message
 * @param {Surroundings} surroundings
 */
export function bubble(message, surroundings) {
  const root = make('article', `message${message.from.is_bot ? '' : ' mine'}`);
  root.id = `m${message.message_id}`;
  const box = make('div', 'bubble');
  if (message.photo) box.append(photo(message.photo));
  const body = make('div', 'body');
  if (surroundings.named) body.append(sender(message.from.name, surroundings.topic));
  if (surroundings.quoted) body.append(quote(surroundings.quoted, surroundings.onQuote));
  const text = make('div', 'text');
  text.append(richText(message.text, message.entities, surroundings.onCommand), meta(message));
  body.append(text);
  box.append(body);
  root.append(box);
  if (message.buttons.length > 0) root.append(keyboard(message.buttons, surroundings.onPress));
  return root;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
export function make(tag, className, text = '') {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/**
 * @param {string} name
 * @param {string} topic
 */
function sender(name, topic) {
  const line = make('div', 'sender', name);
  if (topic !== '') line.append(make('span', 'topic', ` · # ${topic}`));
  return line;
}

/** @param {NonNullable<MessageView['photo']>} shown */
function photo({ url, width, height }) {
  const image = document.createElement('img');
  Object.assign(image, { src: url, width, height, alt: strings.photo, className: 'photo' });
  return image;
}

/**
 * @param {MessageView} quoted
 * @param {(messageId: number) => void} onQuote
 */
function quote(quoted, onQuote) {
  const button = make('button', 'reply');
  button.append(make('b', '', quoted.from.name), make('span', '', quoted.text || strings.photo));
  button.addEventListener('click', () => onQuote(quoted.message_id));
  return button;
}

/** @param {MessageView} message */
function meta(message) {
  const marks = [message.pinned ? '📌' : '', message.silent ? '🔕' : ''];
  if (message.edit_date !== null) marks.push(strings.edited);
  marks.push(clock.format(new Date(message.date * 1000)));
  const line = make('span', 'meta', marks.filter((mark) => mark !== '').join(' '));
  const about = [fullTime.format(new Date(message.date * 1000))];
  if (message.edit_date !== null) {
    about.push(`${strings.edited}: ${fullTime.format(new Date(message.edit_date * 1000))}`);
  }
  if (message.silent) about.push(strings.silent);
  if (message.pinned) about.push(strings.pinned);
  line.title = about.join('\n');
  return line;
}

/**
 * @param {InlineButton[][]} rows
 * @param {(data: string) => Promise<void>} onPress
 */
function keyboard(rows, onPress) {
  const board = make('div', 'keyboard');
  for (const row of rows) {
    const line = make('div', '');
    line.append(...row.map((button) => key(button, onPress)));
    board.append(line);
  }
  return board;
}

/**
 * @param {InlineButton} button
 * @param {(data: string) => Promise<void>} onPress
 */
function key({ text, callback_data: data, url }, onPress) {
  if (data === undefined) {
    const address = link(url ?? '');
    address.textContent = text;
    return address;
  }
  const element = /** @type {HTMLButtonElement} */ (make('button', '', text));
  element.type = 'button';
  element.addEventListener('click', () => {
    element.setAttribute('aria-busy', 'true');
    void onPress(data).finally(() => element.removeAttribute('aria-busy'));
  });
  return element;
}
