/**
 * What stands where a setting was expected, told without repeating it: whatever was pasted into the wrong line may be a
 * password. Pure.
 */

/** Numbers, durations, times of day and IPv4 addresses: nothing of that shape opens anything. */
const HARMLESS = [
  /^[-+]?\d{1,10}(?:\.\d{1,6})?(?:e[-+]?\d{1,3})?(?:%|ms|s|m|h|d)?$/i,
  /^\d{1,2}:\d{2}$/,
  /^\d{1,3}(?:\.\d{1,3}){1,4}(?:\/\d{1,3})?(?::\d{1,6})?$/,
];
const SCHEMES: ReadonlySet<string> = new Set(
  'amqp file ftp http https mysql postgres postgresql redis rediss smtp smtps socks4 socks5 socks5h sqlite ws wss'.split(
    ' ',
  ),
);

/** `"99"`, `a text of 24 characters`, `a URL with the scheme ftp:// (24 characters)`. */
export function describeReceived(text: string): string {
  if (HARMLESS.some((shape) => shape.test(text))) return JSON.stringify(text);
  const characters = `${text.length} ${text.length === 1 ? 'character' : 'characters'}`;
  if (/^-?\d+$/.test(text)) return `a number of ${characters}`;
  if (/^\d+:[\w-]{20,}$/.test(text)) return `what looks like the token of a bot (${characters})`;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    const named = SCHEMES.has(scheme) ? `the scheme ${scheme}://` : 'an unknown scheme';
    return `a URL with ${named} (${characters})`;
  }
  return `a text of ${characters}${text.startsWith('@') ? ' that begins with @' : ''}`;
}

/** The same of a value in a YAML file; undefined where the place says enough: a list, a mapping, nothing. */
export function describeValue(value: unknown): string | undefined {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || typeof value === 'bigint')
    return describeReceived(String(value)).replaceAll('"', '');
  return typeof value === 'string' ? describeReceived(value) : undefined;
}
