/** The AI providers that the application calls: what each is asked, so that its answer proves the key and costs nothing. */
import { z } from 'zod';
import type { JsonAnswer } from './http/get-json.ts';

export interface AiProvider {
  readonly name:
    'openai_api' | 'google_ai_api' | 'deepseek_api' | 'qwen_api' | 'openrouter_api' | 'yandex_api';
  /** As its owner writes it. */
  readonly title: string;
  /** The setting that holds its key. */
  readonly keyVariable:
    | 'OPENAI_API_KEY'
    | 'GOOGLE_API_KEY'
    | 'DEEPSEEK_API_KEY'
    | 'DASHSCOPE_API_KEY'
    | 'OPENROUTER_API_KEY'
    | 'YANDEX_API_KEY';
  readonly baseUrlVariable:
    | 'OPENAI_BASE_URL'
    | 'GOOGLE_AI_BASE_URL'
    | 'DEEPSEEK_BASE_URL'
    | 'DASHSCOPE_BASE_URL'
    | 'OPENROUTER_BASE_URL'
    | 'YANDEX_BASE_URL';
  /** The setting that says on whose account the key is used, where the provider has such. */
  readonly folderVariable?: 'YANDEX_FOLDER_ID';
  readonly headers: (key: string, folder: string | undefined) => Readonly<Record<string, string>>;
  /** What is asked for below the API root. */
  readonly path: string;
  /** Whether the provider has let the key in: an error page and a captive portal answer too. */
  readonly isProof: (answer: JsonAnswer) => boolean;
  /** Whether the answer says that the key has nothing left to spend. */
  readonly isUsedUp?: (answer: JsonAnswer) => boolean;
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

const models = (field: 'data' | 'models'): Pick<AiProvider, 'path' | 'isProof'> => {
  const list = z.object({ [field]: z.array(z.unknown()) });
  return {
    path: '/models',
    isProof: ({ status, body }) => status === 200 && list.safeParse(body).success,
  };
};

/** https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key; its list of models asks for no key. */
const openRouterKey = z.object({ data: z.object({ limit_remaining: z.number().nullish() }) });

/**
 * https://aistudio.yandex.ru/docs/en/speechkit/stt-v3/api-ref/AsyncRecognizer/getRecognition. Nothing is recognized, so that
 * nothing is billed: the key is let in (else 401 or 403), and the recognition with that number is not found (gRPC code 5),
 * or its number is no number (3).
 */
const NO_RECOGNITION = '00000000-0000-0000-0000-000000000000';
const yandexRefusal = z.union([
  z.object({ error: z.object({ grpcCode: z.literal([3, 5]) }) }),
  z.object({ code: z.literal([3, 5]) }),
]);

export const AI_PROVIDERS: readonly AiProvider[] = [
  {
    // https://platform.openai.com/docs/api-reference/models/list
    name: 'openai_api',
    title: 'OpenAI',
    keyVariable: 'OPENAI_API_KEY',
    baseUrlVariable: 'OPENAI_BASE_URL',
    headers: bearer,
    ...models('data'),
  },
  {
    // https://ai.google.dev/api/models#method:-models.list; the key in a header stays out of URLs and their logs.
    name: 'google_ai_api',
    title: 'Google AI',
    keyVariable: 'GOOGLE_API_KEY',
    baseUrlVariable: 'GOOGLE_AI_BASE_URL',
    headers: (key) => ({ 'x-goog-api-key': key }),
    ...models('models'),
  },
  {
    // https://api-docs.deepseek.com/api/list-models
    name: 'deepseek_api',
    title: 'DeepSeek',
    keyVariable: 'DEEPSEEK_API_KEY',
    baseUrlVariable: 'DEEPSEEK_BASE_URL',
    headers: bearer,
    ...models('data'),
  },
  {
    // DashScope's OpenAI-compatible mode.
    name: 'qwen_api',
    title: 'DashScope (Qwen)',
    keyVariable: 'DASHSCOPE_API_KEY',
    baseUrlVariable: 'DASHSCOPE_BASE_URL',
    headers: bearer,
    ...models('data'),
  },
  {
    name: 'openrouter_api',
    title: 'OpenRouter',
    keyVariable: 'OPENROUTER_API_KEY',
    baseUrlVariable: 'OPENROUTER_BASE_URL',
    headers: bearer,
    path: '/key',
    isProof: ({ status, body }) => status === 200 && openRouterKey.safeParse(body).success,
    isUsedUp: ({ body }) => (openRouterKey.safeParse(body).data?.data.limit_remaining ?? 1) <= 0,
  },
  {
    name: 'yandex_api',
    title: 'Yandex SpeechKit',
    keyVariable: 'YANDEX_API_KEY',
    baseUrlVariable: 'YANDEX_BASE_URL',
    folderVariable: 'YANDEX_FOLDER_ID',
    headers: (key, folder) => ({
      authorization: `Api-Key ${key}`,
      ...(folder === undefined ? {} : { 'x-folder-id': folder }),
    }),
    path: `/stt/v3/getRecognition?operationId=${NO_RECOGNITION}`,
    isProof: ({ status, body }) => [400, 404].includes(status) && yandexRefusal.safeParse(body).success,
  },
];
