/** What the AI providers answer to the exporter, on loopback: as strict about the key as they are. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const AI_PROVIDER_NAMES = ['openai', 'google', 'deepseek', 'qwen', 'openrouter', 'yandex'] as const;
export type AiProviderName = (typeof AI_PROVIDER_NAMES)[number];

export interface AiProvidersFake {
  /** What a client takes for the provider's own API root. */
  readonly baseUrl: (provider: AiProviderName) => string;
  /** Answers 503 to everything until healed. */
  readonly break: (provider: AiProviderName) => void;
  readonly heal: (provider: AiProviderName) => void;
  readonly isBroken: (provider: AiProviderName) => boolean;
  /** Ends every connection. */
  close(): Promise<void>;
}

interface Dialect {
  /** Path of the API root, as the real one has it. */
  readonly root: string;
  readonly keyHeader: (key: string) => readonly [name: string, value: string];
  /** What is asked for below the root; `/models` unless said. */
  readonly path?: string;
  /** Status of the answer to a good key; 200 unless said. */
  readonly status?: number;
  readonly answer: unknown;
  /** Status and body for a wrong or missing key. */
  readonly refusal: readonly [number, unknown];
}

const bearer = (key: string) => ['authorization', `Bearer ${key}`] as const;
const models = (...ids: readonly string[]) => ({
  object: 'list',
  data: ids.map((id) => ({ id, object: 'model' })),
});
const openAiRefusal = {
  error: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' },
};

const DIALECTS: Readonly<Record<AiProviderName, Dialect>> = {
  // https://platform.openai.com/docs/api-reference/models/list
  openai: { root: '/v1', keyHeader: bearer, answer: models('gpt-4o-mini'), refusal: [401, openAiRefusal] },
  // https://ai.google.dev/api/models#method:-models.list; a wrong key is 400, not 401.
  google: {
    root: '/v1beta',
    keyHeader: (key) => ['x-goog-api-key', key],
    answer: { models: [{ name: 'models/gemini-2.0-flash', displayName: 'Gemini 2.0 Flash' }] },
    refusal: [
      400,
      { error: { code: 400, status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }] } },
    ],
  },
  // https://api-docs.deepseek.com/api/list-models
  deepseek: { root: '', keyHeader: bearer, answer: models('deepseek-chat'), refusal: [401, openAiRefusal] },
  qwen: {
    root: '/compatible-mode/v1',
    keyHeader: bearer,
    answer: models('qwen-turbo'),
    refusal: [401, openAiRefusal],
  },
  // https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key
  openrouter: {
    root: '/api/v1',
    keyHeader: bearer,
    path: '/key',
    answer: { data: { label: 'sk-or-v1-…', limit: 5, usage: 1, limit_remaining: 4, is_free_tier: false } },
    refusal: [401, { error: { message: 'User not found.', code: 401 } }],
  },
  // https://aistudio.yandex.ru/docs/en/speechkit/stt-v3/api-ref/AsyncRecognizer/getRecognition
  yandex: {
    root: '',
    keyHeader: (key) => ['authorization', `Api-Key ${key}`],
    path: '/stt/v3/getRecognition',
    status: 404,
    answer: { error: { grpcCode: 5, httpCode: 404, message: 'not found', httpStatus: 'Not Found' } },
    refusal: [
      401,
      { error: { grpcCode: 16, httpCode: 401, message: 'Unknown api key', httpStatus: 'Unauthorized' } },
    ],
  },
};

/** Starts them on any free port. `keys` are the only ones that are let in. */
export async function startAiProviders(
  keys: Readonly<Record<AiProviderName, string>>,
): Promise<AiProvidersFake> {
  const broken = new Set<AiProviderName>();
  const server = createServer((request, response) => {
    const [status, body] = answer(request, keys, broken);
    sendJson(response, status, body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: (provider) => `http://127.0.0.1:${port}/${provider}${DIALECTS[provider].root}`,
    break: (provider) => void broken.add(provider),
    heal: (provider) => void broken.delete(provider),
    isBroken: (provider) => broken.has(provider),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(
  { method, url, headers }: IncomingMessage,
  keys: Readonly<Record<AiProviderName, string>>,
  broken: ReadonlySet<AiProviderName>,
): readonly [number, unknown] {
  const path = new URL(url ?? '/', 'http://fake').pathname;
  const provider = AI_PROVIDER_NAMES.find((name) => path === pathOf(name));
  if (provider === undefined) return [404, { error: { message: `no ${path} here` } }];
  if (method !== 'GET') return [405, { error: { message: 'only GET' } }];
  if (broken.has(provider)) return [503, { error: { message: 'The service is overloaded.' } }];
  const { keyHeader, status = 200, answer: body, refusal } = DIALECTS[provider];
  const [name, value] = keyHeader(keys[provider]);
  return headers[name] === value ? [status, body] : refusal;
}

const pathOf = (name: AiProviderName): string =>
  `/${name}${DIALECTS[name].root}${DIALECTS[name].path ?? '/models'}`;

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
