import { z } from 'zod';
import type { Reason } from '../../common/reasons/reason.ts';
import { ProbeError, type Collector } from './collector.ts';
import { getJson, type JsonAnswer } from './http-json.ts';
import type { ProbeTiming } from './timing.ts';

export interface AiProvider {
  readonly name: 'openai_api' | 'google_ai_api' | 'deepseek_api' | 'qwen_api';
  /** As its owner writes it. */
  readonly title: string;
  /** The variable that holds its key, for messages. */
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
  readonly key: string | undefined;
  readonly baseUrl: string;
}

/** The provider lists its models for our key: reachable, and the key is good. Costs no tokens. */
export function aiApiCollector({ provider, key, baseUrl }: AiAccess, timing: ProbeTiming): Collector {
  return {
    ...timing,
    disabledReason:
      timing.disabledReason ??
      (key === undefined ? { code: 'not_set', variable: provider.keyVariable } : undefined),
    name: provider.name,
    kind: 'component',
    collect: async ({ signal }) => {
      const url = new URL(`${baseUrl}/models`);
      const answer = await getJson({ url, headers: provider.authorization(key ?? ''), signal });
      const failure = failureOf(answer, provider);
      if (failure !== undefined) throw new ProbeError(failure);
      return { samples: [] };
    },
  };
}

function failureOf({ status, body }: JsonAnswer, provider: AiProvider): Reason | undefined {
  const { title: service, keyVariable, baseUrlVariable, listField } = provider;
  if (status === 401 || status === 403 || (status === 400 && isInvalidGoogleKey(body))) {
    return { code: 'ai_key', service, status, variable: keyVariable };
  }
  if (status === 429) return { code: 'ai_quota', service };
  if (status !== 200) return { code: 'ai_status', service, status };
  const list = z.object({ [listField]: z.array(z.unknown()) }).safeParse(body);
  return list.success ? undefined : { code: 'ai_no_models', service, variable: baseUrlVariable };
}

/** Google answers 400, not 401, to a wrong key: https://cloud.google.com/apis/design/errors#error_info */
function isInvalidGoogleKey(body: unknown): boolean {
  return JSON.stringify(body ?? '').includes('API_KEY_INVALID');
}
