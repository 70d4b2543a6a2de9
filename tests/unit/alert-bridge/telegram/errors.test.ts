import { TelegramError } from 'telegraf';
import { describe, expect, test } from 'vitest';
import { classify } from '../../../../alert-bridge/telegram/errors.ts';

const token = '123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw';
const url = `https://api.telegram.org/bot${token}/sendMessage`;

const refusal = (error_code: number, description: string, parameters?: object): TelegramError =>
  new TelegramError({ error_code, description, ...(parameters === undefined ? {} : { parameters }) });

/** As node-fetch 2 throws it. */
const fetchError = (reason: string, code?: string, type = 'system'): Error =>
  Object.assign(new Error(`request to ${url} failed, reason: ${reason}`), { name: 'FetchError', type, code });

describe('Telegram said no', () => {
  test.each<[number, string, string]>([
    [
      400,
      `Bad Request: can't parse entities: Unsupported start tag "h1" at byte offset 3`,
      'cannot_parse_entities',
    ],
    [
      400,
      `Bad Request: can't parse entities in message text: Can't find end of the entity`,
      'cannot_parse_entities',
    ],
    [
      400,
      'Bad Request: can’t parse message text: Unexpected end tag at byte offset 9',
      'cannot_parse_entities',
    ],
    [400, 'Bad Request: ENTITY_BOUNDS_INVALID', 'cannot_parse_entities'],
    [400, 'Bad Request: ENTITIES_TOO_LONG', 'cannot_parse_entities'],
    [400, 'Bad Request: message is too long', 'too_long'],
    [400, 'Bad Request: text is too long', 'too_long'],
    [400, 'Bad Request: MESSAGE_TOO_LONG', 'too_long'],
    [400, 'Bad Request: message caption is too long', 'too_long'],
    [400, 'Bad Request: MEDIA_CAPTION_TOO_LONG', 'too_long'],
    [413, 'Request Entity Too Large', 'too_long'],
    [
      400,
      'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
      'not_modified',
    ],
    [400, 'Bad Request: MESSAGE_NOT_MODIFIED', 'not_modified'],
    [400, 'Bad Request: message to edit not found', 'edit_target_missing'],
    [400, `Bad Request: message can't be edited`, 'edit_target_missing'],
    [400, 'Bad Request: MESSAGE_ID_INVALID', 'edit_target_missing'],
    [400, 'Bad Request: message to be replied not found', 'reply_target_missing'],
    [400, 'Bad Request: replied message not found', 'reply_target_missing'],
    [400, 'Bad Request: reply message not found', 'reply_target_missing'],
    [400, 'Bad Request: REPLY_MESSAGE_ID_INVALID', 'reply_target_missing'],
    [400, 'Bad Request: message thread not found', 'thread_missing'],
    [400, 'Bad Request: TOPIC_CLOSED', 'thread_missing'],
    [400, 'Bad Request: TOPIC_DELETED', 'thread_missing'],
    [
      400,
      'Bad Request: query is too old and response timeout expired or query ID is invalid',
      'query_too_old',
    ],
    [400, 'Bad Request: QUERY_ID_INVALID', 'query_too_old'],
    [400, 'Bad Request: chat not found', 'chat_not_found'],
    [400, 'Bad Request: PEER_ID_INVALID', 'chat_not_found'],
    [400, 'Bad Request: have no rights to send a message', 'blocked'],
    [400, 'Bad Request: not enough rights to send text messages to the chat', 'blocked'],
    [400, 'Bad Request: need administrator rights in the channel chat', 'blocked'],
    [400, 'Bad Request: CHAT_WRITE_FORBIDDEN', 'blocked'],
    [400, 'Bad Request: CHAT_SEND_PLAIN_FORBIDDEN', 'blocked'],
    [403, 'Forbidden: bot was blocked by the user', 'blocked'],
    [403, 'Forbidden: bot was kicked from the supergroup chat', 'blocked'],
    [403, `Forbidden: bot can't initiate conversation with a user`, 'blocked'],
    [403, 'Forbidden: user is deactivated', 'blocked'],
    [401, 'Unauthorized', 'unauthorized'],
    [404, 'Not Found', 'unauthorized'],
    [
      409,
      'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      'conflict',
    ],
    [418, '', 'unknown_refusal'],
    [405, 'Method Not Allowed', 'unknown_refusal'],
    [400, 'Bad Request: SOMETHING_NEW', 'unknown_refusal'],
    [400, '', 'unknown_refusal'],
  ])('%i %s → %s', (code, description, reason) => {
    expect(classify(refusal(code, description))).toEqual({
      outcome: 'rejected',
      reason,
      description: `${code}: ${description}`.trim(),
    });
  });

  test.each<[string, object | undefined, number, number]>([
    ['Too Many Requests: retry after 35', { retry_after: 35 }, 429, 35_000],
    ['Too Many Requests: retry after 35', undefined, 429, 35_000],
    ['Flood control exceeded. Retry in 7200 seconds', undefined, 429, 7_200_000],
    ['FLOOD_WAIT_23', undefined, 420, 23_000],
    ['Too Many Requests', {}, 429, 5_000],
    ['Too Many Requests', { retry_after: 'soon' }, 429, 5_000],
    ['Too Many Requests: retry after 0', { retry_after: 0 }, 429, 1_000],
    ['Too Many Requests', { retry_after: -7 }, 429, 1_000],
    ['Too Many Requests', { retry_after: null }, 429, 5_000],
    ['Too Many Requests', { retry_after: Number.POSITIVE_INFINITY }, 429, 5_000],
    ['Too Many Requests: retry after 35', { retry_after: {} }, 429, 35_000],
    ['Too Many Requests: retry after 2147484', { retry_after: 2_147_484 }, 429, 86_400_000],
    ['Too Many Requests', { retry_after: 1e300 }, 429, 86_400_000],
    [`Too Many Requests: retry after ${'9'.repeat(400)}`, undefined, 429, 5_000],
    ['Bad Request: SLOWMODE_WAIT_30', undefined, 400, 30_000],
    ['SLOWMODE_WAIT_30', undefined, 420, 30_000],
    ['Bad Request: FLOOD_PREMIUM_WAIT_7', undefined, 400, 7_000],
    ['Forbidden: Too Many Requests: retry after 8', undefined, 403, 8_000],
  ])('%s with %j: wait', (description, parameters, code, retryAfterMs) => {
    expect(classify(refusal(code, description, parameters))).toMatchObject({
      outcome: 'rejected',
      reason: 'rate_limited',
      retryAfterMs,
    });
  });

  test('a migrated group names its new id; without it nothing can be sent there', () => {
    const text = 'Bad Request: group chat was upgraded to a supergroup chat';
    expect(classify(refusal(400, text, { migrate_to_chat_id: -1009 }))).toMatchObject({
      outcome: 'rejected',
      reason: 'chat_migrated',
      newChatId: -1009,
    });
    for (const id of [undefined, null, 'x', 1.5, 7, 1e300])
      expect(classify(refusal(400, text, { migrate_to_chat_id: id }))).toMatchObject({
        outcome: 'rejected',
        reason: 'blocked',
      });
  });
});

describe('nobody answered', () => {
  test.each<[string, unknown, string, boolean]>([
    ['refused', fetchError('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'), 'connection', false],
    ['no such host', fetchError('getaddrinfo ENOTFOUND api.telegram.org', 'ENOTFOUND'), 'connection', false],
    ['DNS is dead', fetchError('getaddrinfo EAI_AGAIN api.telegram.org', 'EAI_AGAIN'), 'connection', false],
    ['no route', fetchError('connect EHOSTUNREACH 149.154.167.220:443', 'EHOSTUNREACH'), 'connection', false],
    ['no way in', fetchError('connect ETIMEDOUT 149.154.167.220:443', 'ETIMEDOUT'), 'timeout', false],
    [
      'reset in the handshake',
      fetchError(
        'Client network socket disconnected before secure TLS connection was established',
        'ECONNRESET',
      ),
      'connection',
      false,
    ],
    ['expired certificate', fetchError('certificate has expired', 'CERT_HAS_EXPIRED'), 'connection', false],
    [
      'self-signed',
      fetchError('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
      'connection',
      false,
    ],
    ['reset', fetchError('read ECONNRESET', 'ECONNRESET'), 'connection', true],
    ['hung up', fetchError('socket hang up', 'ECONNRESET'), 'connection', true],
    ['broken pipe', fetchError('write EPIPE', 'EPIPE'), 'connection', true],
    ['silence on the line', fetchError('read ETIMEDOUT', 'ETIMEDOUT'), 'timeout', true],
    ['half an answer', fetchError('Premature close', 'ERR_STREAM_PREMATURE_CLOSE'), 'connection', true],
    [
      'a page',
      Object.assign(new Error(`invalid json response body at ${url} reason: Unexpected token '<'`), {
        type: 'invalid-json',
      }),
      'server_error',
      true,
    ],
    ['502', refusal(502, 'Bad Gateway'), 'server_error', true],
    ['500', refusal(500, 'Internal Server Error'), 'server_error', true],
    ['408', refusal(408, 'Request Timeout'), 'server_error', true],
    ['JSON of somebody else', new TelegramError({} as never), 'server_error', true],
    ['null', new TypeError(`Cannot read properties of null (reading 'ok')`), 'server_error', true],
    [
      'no address',
      Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' }),
      'connection',
      false,
    ],
    ['given up', Object.assign(new Error('aborted'), { name: 'AbortError' }), 'timeout', true],
    ['no error at all', 'boom', 'connection', true],
    ['nothing', undefined, 'connection', true],
  ])('%s', (_name, error, reason, mayHaveArrived) => {
    expect(classify(error)).toMatchObject({ outcome: 'unreachable', reason, mayHaveArrived });
  });

  test('what is known of the connection outweighs the error', () => {
    const reset = fetchError('read ECONNRESET', 'ECONNRESET');
    expect(classify(reset, { connected: false })).toMatchObject({ mayHaveArrived: false });
    const refused = fetchError('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED');
    expect(classify(refused, { connected: true })).toMatchObject({ mayHaveArrived: true });
    const page = refusal(502, 'Bad Gateway');
    expect(classify(page, { connected: false })).toMatchObject({ mayHaveArrived: false });
  });

  test('who ended the call names the reason', () => {
    const aborted = Object.assign(new Error('The user aborted a request.'), { name: 'AbortError' });
    expect(classify(aborted, { endedBy: 'deadline' })).toMatchObject({ reason: 'timeout' });
    expect(classify(aborted, { endedBy: 'caller' })).toMatchObject({ reason: 'aborted' });
  });
});

describe('the description', () => {
  test.each([
    ['node-fetch', fetchError('read ECONNRESET', 'ECONNRESET')],
    ['without a reason', new Error(`network timeout at: ${url}`)],
    ['encoded', new Error(`bad ${encodeURIComponent(url)}`)],
    ['echoed by a server', refusal(400, `Bad Request: no such method /bot${token}/send`)],
    ['a page', refusal(502, `proxy could not reach ${url}`)],
  ])('holds no token: %s', (_name, error) => {
    const { description } = classify(error);
    expect(error.message).toContain('AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw');
    expect(description).not.toContain('AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw');
    expect(description).not.toBe('');
  });

  test('says what broke, shortly, and takes further secrets out', () => {
    expect(classify(fetchError('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED')).description).toBe(
      'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1',
    );
    expect(classify(refusal(400, 'x'.repeat(1_000))).description.length).toBeLessThanOrEqual(301);
    const redact = (text: string): string => text.replaceAll('hunter2', '[secret]');
    expect(classify(refusal(400, 'proxy hunter2'), { redact }).description).toBe('400: proxy [secret]');
  });

  test.each([
    ['of a gigabyte, as it were', 'y'.repeat(10_000_000)],
    ['of white space', ' '.repeat(1_000_000)],
    ['with half a surrogate pair', 'a\ud800b'],
    ['on many lines, in colour', 'one\ntwo\u001b[31m\u0000three'],
    ['with emoji to its end', '🚨'.repeat(500)],
  ])('is short, whole and on one line: %s', (_name, text) => {
    const { description } = classify(refusal(400, text));
    expect(description.length).toBeLessThanOrEqual(301);
    expect(description).not.toMatch(/\p{Cc}|\p{Cs}/u);
  });

  test.each([42, null, {}, ['x'], true])('that is no text counts as none: %j', (description) => {
    expect(classify(refusal(400, description as never))).toEqual({
      outcome: 'rejected',
      reason: 'unknown_refusal',
      description: '400:',
    });
  });
});
