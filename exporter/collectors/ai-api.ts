import { z } from 'zod';
import type { NamedValue } from '../../common/env/aliases.ts';
import { ProbeError, type Collector } from './collector.ts';
import { getJson, type JsonAnswer } from './http-json.ts';
import type { ProbeTiming } from './timing.ts';

export interface AiProvider {
  readonly name: 'openai_api' | 'google_ai_api' | 'deepseek_api' | 'qwen_api';
  /** As its owner writes it. */
  readonly title: string;
  /** The setting that holds its key. */
  readonly keyVariable: 'OPENAI_API_KEY' | 'GOOGLE_API_KEY' | 'DEEPSEEK_API_KEY' | 'DASHSCOPE_API_KEY';
  readonly baseUrlVariable:
    'OPENAI_BASE_URL' | 'GOOGLE_AI_BASE_URL' | 'DEEPSEEK_BASE_URL' | 'DASHSCOPE_BASE_URL';
  readonly authorization: (key: string) => Readonly<Record<string, string>>;
  /** Field of the answer that holds the list of models. */
  readonly listField: 'data' | 'models';
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

export const AI_PROVIDERS: readonly AiProvider[] = [
  {
    // https://platform.openai.com/docs/api-reference/models/list
    name: 'openai_api',
    title: 'OpenAI',
    keyVariable: 'OPENAI_API_KEY',
    baseUrlVariable: 'OPENAI_BASE_URL',
    authorization: bearer,
    listField: 'data',
  },
  {
    // https://ai.google.dev/api/models#method:-models.list; the key in a header stays out of URLs and their logs.
    name: 'google_ai_api',
    title: 'Google AI',
    keyVariable: 'GOOGLE_API_KEY',
    baseUrlVariable: 'GOOGLE_AI_BASE_URL',
    authorization: (key) => ({ 'x-goog-api-key': key }),
    listField: 'models',
  },
  {
    // https://api-docs.deepseek.com/api/list-models
    name: 'deepseek_api',
    title: 'DeepSeek',
    keyVariable: 'DEEPSEEK_API_KEY',
    baseUrlVariable: 'DEEPSEEK_BASE_URL',
    authorization: bearer,
    listField: 'data',
  },
  {
    // DashScope's OpenAI-compatible mode.
    name: 'qwen_api',
    title: 'DashScope (Qwen)',
    keyVariable: 'DASHSCOPE_API_KEY',
    baseUrlVariable: 'DASHSCOPE_BASE_URL',
    authorization: bearer,
    listField: 'data',
  },
];

export interface AiAccess {
  readonly provider: AiProvider;
  /** Every key that the application takes in turn, and the variable it stands in; empty: not watched. */
  readonly keys: readonly NamedValue[];
  readonly baseUrl: string;
}

/** The provider lists its models for every key: reachable, and all keys are good. Costs no tokens. */
export function aiApiCollector({ provider, keys, baseUrl }: AiAccess, timing: ProbeTiming): Collector {
  return {
    ...timing,
    disabledReason:
      timing.disabledReason ?? (keys.length === 0 ? `${provider.keyVariable} is not set` : undefined),
    name: provider.name,
    kind: 'component',
    collect: async ({ signal }) => {
      const url = new URL(`${baseUrl}/models`);
      const asked = keys.map(async ({ name, value }) => {
        const answer = await getJson({ url, headers: provider.authorization(value), signal });
        return failureOf(answer, provider, name) ?? [];
      });
      const failures = new Set((await Promise.all(asked)).flat());
      if (failures.size > 0) throw new ProbeError([...failures].join('; '));
      return { samples: [] };
    },
  };
}

/** @param keyVariable the one that holds the key */
function failureOf(
  { status, body }: JsonAnswer,
  provider: AiProvider,
  keyVariable: string,
): string | undefined {
  const { title, baseUrlVariable, listField } = provider;
  if (status === 401 || status === 403 || (status === 400 && isInvalidGoogleKey(body))) {
    return `key refused: ${title} answers ${status}; check ${keyVariable}`;
  }
  if (status === 429) return `${title} answers 429: the quota or the rate limit of the key is used up`;
  if (status !== 200) return `${title} answers ${status} to the list of models`;
  const list = z.object({ [listField]: z.array(z.unknown()) }).safeParse(body);
  return list.success ? undefined : `${title} answers no list of models; check ${baseUrlVariable}`;
}

/** Google answers 400, not 401, to a wrong key: https://cloud.google.com/apis/design/errors#error_info */
function isInvalidGoogleKey(body: unknown): boolean {
  return JSON.stringify(body ?? '').includes('API_KEY_INVALID');
}
