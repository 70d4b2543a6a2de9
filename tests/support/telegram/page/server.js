/* global fetch, EventSource */

/**
 * @typedef {import('../types.ts').ChatView} ChatView
 * @typedef {import('../types.ts').MessageView} MessageView
 * @typedef {import('../types.ts').FakeEvent} FakeEvent
 */

/**
 * @param {string} path
 * @param {unknown} [body] sent as JSON with POST; without it, GET
 * @returns {Promise<unknown>} the answer; rejects with the server's own sentence
 */
async function ask(path, body) {
  const headers = { 'content-type': 'application/json' };
  const options = { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await (body === undefined ? fetch(`/_/${path}`) : fetch(`/_/${path}`, options));
  /** @type {unknown} */
  const answer = await response.json();
  if (response.ok) return answer;
  const { error } = /** @type {{ error?: { message: string } }} */ (answer);
  throw new Error(error?.message ?? response.statusText);
}

/** @returns {Promise<ChatView[]>} */
export async function readChats() {
  return /** @type {ChatView[]} */ (await ask('chats'));
}

/** @returns {Promise<{ username: string, name: string, webhookUrl: string }[]>} */
export async function readBots() {
  return /** @type {{ username: string, name: string, webhookUrl: string }[]} */ (await ask('bots'));
}

/**
 * @param {number} chatId
 * @returns {Promise<MessageView[]>}
 */
export async function readMessages(chatId) {
  return /** @type {MessageView[]} */ (await ask(`chats/${chatId}/messages`));
}

/**
 * @param {number} chatId
 * @param {string} text
 */
export async function say(chatId, text) {
  await ask(`chats/${chatId}/say`, { text });
}

/**
 * @param {number} chatId
 * @param {number} messageId
 * @param {string} data
 */
export async function press(chatId, messageId, data) {
  await ask(`chats/${chatId}/press`, { message_id: messageId, data });
}

/**
 * @param {{ onOpen: () => void, onLost: () => void, onEvent: (event: FakeEvent) => void }} handlers
 */
export function listen({ onOpen, onLost, onEvent }) {
  const source = new EventSource('/_/events');
  source.onopen = onOpen;
  source.onerror = onLost;
  source.onmessage = (message) => {
    const event = /** @type {unknown} */ (JSON.parse(String(message.data)));
    onEvent(/** @type {FakeEvent} */ (event));
  };
}
