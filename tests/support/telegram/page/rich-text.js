/* global document */

/** @typedef {import('../types.ts').MessageEntity} MessageEntity */

/** @type {Record<string, string>} */
const tags = {
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  strikethrough: 's',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  expandable_blockquote: 'blockquote',
};
const blocks = new Set(['pre', 'blockquote', 'expandable_blockquote']);

/**
 * A message's text as elements. Everything a message says becomes a text node, never HTML.
 * @param {string} text
 * @param {MessageEntity[]} entities outermost first
 * @param {(command: string) => void} onCommand
 * @returns {HTMLElement}
 */
export function richText(text, entities, onCommand) {
  const root = document.createElement('span');
  fill(root, text, entities, 0, text.length, onCommand);
  return root;
}

/**
 * @param {HTMLElement} parent
 * @param {string} text
 * @param {MessageEntity[]} entities
 * @param {number} from
 * @param {number} to
 * @param {(command: string) => void} onCommand
 */
function fill(parent, text, entities, from, to, onCommand) {
  let at = from;
  let afterBlock = false;
  const queue = [...entities];
  for (let entity = queue.shift(); entity; entity = queue.shift()) {
    const start = Math.max(at, entity.offset);
    const end = Math.min(to, entity.offset + entity.length);
    if (end <= start) continue;
    const isBlock = blocks.has(entity.type);
    addText(parent, text.slice(at, start), afterBlock, isBlock);
    const inner = queue.filter(({ offset }) => offset < end);
    queue.splice(0, inner.length);
    const { outer, hole } = element(entity, text.slice(start, end), onCommand);
    fill(hole, text, inner, start, end, onCommand);
    parent.append(outer);
    at = end;
    afterBlock = isBlock;
  }
  addText(parent, text.slice(at, to), afterBlock, false);
}

/**
 * A block starts a line of its own, so one line break beside it would show as an empty line.
 * @param {HTMLElement} parent
 * @param {string} text
 * @param {boolean} afterBlock
 * @param {boolean} beforeBlock
 */
function addText(parent, text, afterBlock, beforeBlock) {
  let shown = afterBlock ? text.replace(/^\n/, '') : text;
  if (beforeBlock) shown = shown.replace(/\n$/, '');
  if (shown !== '') parent.append(shown);
}

/**
 * @param {MessageEntity} entity
 * @param {string} text
 * @param {(command: string) => void} onCommand
 * @returns {{ outer: HTMLElement, hole: HTMLElement }} hole is where the content goes
 */
function element(entity, text, onCommand) {
  if (entity.type === 'text_link' || entity.type === 'url') return same(link(entity.url ?? text));
  if (entity.type === 'bot_command') return same(command(text, onCommand));
  const outer = document.createElement(tags[entity.type] ?? 'span');
  if (entity.type === 'spoiler') {
    outer.className = 'spoiler';
    outer.addEventListener('click', () => outer.classList.add('open'));
  }
  if (entity.type === 'pre' && entity.language !== undefined) outer.dataset['language'] = entity.language;
  if (!entity.type.endsWith('blockquote')) return same(outer);
  const hole = document.createElement('span');
  hole.className = 'fold';
  outer.append(hole);
  if (entity.type === 'expandable_blockquote') {
    outer.className = 'expandable';
    outer.addEventListener('click', () => outer.classList.toggle('open'));
  }
  return { outer, hole };
}

/** @param {HTMLElement} outer */
function same(outer) {
  return { outer, hole: outer };
}

/**
 * @param {string} address
 * @returns {HTMLElement} a plain span for an address no browser should follow, javascript: above all
 */
export function link(address) {
  if (!/^(?:https?|tg):/i.test(address)) return document.createElement('span');
  const a = document.createElement('a');
  a.href = address;
  a.target = '_blank';
  a.rel = 'noopener noreferrer';
  a.title = address;
  return a;
}

/**
 * @param {string} text
 * @param {(command: string) => void} onCommand
 */
function command(text, onCommand) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'command';
  button.addEventListener('click', () => onCommand(text));
  return button;
}
