/**
 * The names that ExpenseBot's own `.env` has for settings of this project, so that its file can be read as it is. The only
 * list: what is read, `.env.example`, docs/configuration.md, the redactor and the doctor take the names from here. Pure.
 */
import { isEnvName, type EnvName } from './variables.ts';

type Values = Readonly<Record<string, string>>;

interface Alias {
  /** Variables of the application; the first of them is the one that sets it. */
  readonly names: readonly [string, ...string[]];
  /** What they come to; undefined: they set nothing. */
  readonly valueOf: (values: Values) => string | undefined;
}

interface AliasGroup {
  /** For a person. */
  readonly described: string;
  readonly aliases: readonly Alias[];
}

const same = (name: string): Alias => ({ names: [name], valueOf: (values) => values[name] });

const one = (name: string): AliasGroup => ({ described: `\`${name}\``, aliases: [same(name)] });

/** The application takes its keys in turn, from so many variables at most. */
const KEYS = 9;
const numbered = (name: EnvName, ...more: readonly string[]): AliasGroup => ({
  described: [`\`${name}_1\` to \`${name}_${KEYS}\``, ...more.map((other) => `\`${other}\``)].join(', '),
  aliases: [...Array.from({ length: KEYS }, (_, index) => `${name}_${index + 1}`), ...more].map(same),
});

const ALIASES: Readonly<Partial<Record<EnvName, AliasGroup>>> = {
  TELEGRAM_BOT_TOKEN: one('BOT_TOKEN'),
  OPENAI_API_KEY: numbered('OPENAI_API_KEY'),
  GOOGLE_API_KEY: numbered('GOOGLE_API_KEY', 'GOOGLE_AI_KEY'),
  DEEPSEEK_API_KEY: numbered('DEEPSEEK_API_KEY'),
  DASHSCOPE_API_KEY: numbered('DASHSCOPE_API_KEY'),
  OPENROUTER_API_KEY: numbered('OPENROUTER_API_KEY'),
  EXPECTED_WEBHOOK_URL: {
    described:
      '`WEBHOOK_URL` and `WEBHOOK_PATH` (`/webhook/` unless set), unless `BOT_MODE` is another than `webhook`',
    aliases: [{ names: ['WEBHOOK_URL', 'WEBHOOK_PATH', 'BOT_MODE'], valueOf: webhookUrl }],
  },
};

/** As the application joins them for its own check of the webhook. A bot that polls has no webhook. */
function webhookUrl(values: Values): string | undefined {
  const { WEBHOOK_URL: base, WEBHOOK_PATH: path = '/webhook/', BOT_MODE: mode = 'webhook' } = values;
  if (base === undefined || mode.toLowerCase() !== 'webhook') return undefined;
  return `${base.replace(/\/+$/, '')}${path.startsWith('/') ? '' : '/'}${path}`;
}

export interface NamedValue {
  /** The variable in which it stands. */
  readonly name: string;
  readonly value: string;
}

/**
 * Every value that a setting has: under our own name, then under the application's, in their order. The first one counts.
 * @param values what is set, by name
 */
export function valuesOf(values: Values, name: EnvName): readonly NamedValue[] {
  const own = values[name];
  const others = (ALIASES[name]?.aliases ?? []).flatMap(({ names, valueOf }) => {
    const value = valueOf(values);
    return value === undefined ? [] : [{ name: names[0], value }];
  });
  return own === undefined ? others : [{ name, value: own }, ...others];
}

/** Names of the application that are read, and the setting that each belongs to. */
export const ALIAS_OWNERS: ReadonlyMap<string, EnvName> = new Map(
  Object.entries(ALIASES).flatMap(([owner, { aliases }]) =>
    isEnvName(owner) ? aliases.flatMap(({ names }) => names.map((name) => [name, owner] as const)) : [],
  ),
);

/** The application's names for a setting, for a person, in Markdown; undefined: it has none. */
export const describeAliases = (name: EnvName): string | undefined => ALIASES[name]?.described;
