/**
 * What a field's NAME says about its value. Pure.
 *
 * Names are compared without case and punctuation, so `x-api-key`, `apiKey` and `API_KEY` are one name.
 */
const SECRET_NAME =
  /passw|passphrase|pwd$|secret|apikey|accesskey|privatekey|encryptionkey|hashkey|statekey|authorization|^auth$|cookie|credential|dsn$|databaseurl|redisurl|brokerurl|proxyurl|smtpurl|heartbeaturl|ntfyurl|connectionstring|^sig$|signature$|sessionid$|^session$/;

/** `tokens_used`, `max_tokens` and `token_count` are figures of the AI probes and must stay readable. */
const TOKEN_NAME = /token(?!s|iz|count|limit|usage|budget|type)/;
const TOKENS_NAME = /tokens$/;

const ID_NAME = /^(?:telegram|tg|user|chat|profile|fromuser|adminuser|admintelegram|admin)ids?$/;

export type NameKind = 'plain' | 'secret' | 'id' | 'email' | 'phone';

/** Kind of the field `name`; `value` only decides between a list of tokens (secret) and a count of them. */
export function nameKind(name: string, value: unknown): NameKind {
  const bare = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (ID_NAME.test(bare)) return 'id';
  if (SECRET_NAME.test(bare) || TOKEN_NAME.test(bare)) return 'secret';
  if (TOKENS_NAME.test(bare) && typeof value !== 'number' && typeof value !== 'bigint') return 'secret';
  if (/e?mail$/.test(bare)) return 'email';
  if (/phone(?:number)?$/.test(bare)) return 'phone';
  return 'plain';
}
