/** Matchers as Alertmanager writes them (https://prometheus.io/docs/alerting/latest/configuration/#matcher). Pure. */
import { RE2JS } from 're2js';

export interface Matcher {
  /** Name of the label; one that is absent has the value "". */
  readonly label: string;
  readonly test: (value: string) => boolean;
  /** As it was written. */
  readonly text: string;
}

/** Of a text without blanks around it: an expression for those would begin anew at each of them. */
const MATCHER = /^([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"\s][^"]*))$/;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n' };

/** Reads `component="redis"`, `severity=~"critical|warning"`; undefined when it is no matcher. */
export function parseMatcher(text: string): Matcher | undefined {
  const [, label, operator, quoted, bare] = MATCHER.exec(text.trim()) ?? [];
  if (label === undefined || operator === undefined) return undefined;
  const operand = quoted?.replaceAll(/\\(.)/g, (_, found: string) => ESCAPED[found] ?? found) ?? bare ?? '';
  const matches = operator.endsWith('~') ? pattern(operand) : (value: string) => value === operand;
  if (matches === undefined) return undefined;
  const test = operator.startsWith('!') ? (value: string) => !matches(value) : matches;
  return { label, test, text };
}

/**
 * Anchored at both ends, and in the syntax of RE2, like Alertmanager's: the time is linear in the label, of which
 * somebody else decides how long it is.
 * @returns undefined when it is no expression.
 */
export function pattern(source: string): ((value: string) => boolean) | undefined {
  try {
    const expression = RE2JS.compile(source);
    return (value) => expression.matches(value);
  } catch {
    return undefined;
  }
}
