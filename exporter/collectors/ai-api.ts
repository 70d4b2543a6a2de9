import type { NamedValue } from '../../common/env/aliases.ts';
import type { AiProvider } from './ai-providers.ts';
import { ProbeError, type Collector } from './collector.ts';
import { getJson, type JsonAnswer } from './http-json.ts';
import type { ProbeTiming } from './timing.ts';

export interface AiAccess {
  readonly provider: AiProvider;
  /** Every key that the application takes in turn, and the variable it stands in; empty: not watched. */
  readonly keys: readonly NamedValue[];
  readonly baseUrl: string;
  readonly folder?: string | undefined;
}

/** The provider lets in every key: it is reachable, and all keys are good. Costs no tokens. */
export function aiApiCollector(access: AiAccess, timing: ProbeTiming): Collector {
  const { provider, keys, baseUrl, folder } = access;
  return {
    ...timing,
    disabledReason:
      timing.disabledReason ?? (keys.length === 0 ? `${provider.keyVariable} is not set` : undefined),
    name: provider.name,
    kind: 'component',
    collect: async ({ signal }) => {
      const url = new URL(`${baseUrl}${provider.path}`);
      const asked = keys.map(async ({ name, value }) => {
        const answer = await getJson({ url, headers: provider.headers(value, folder), signal });
        return failureOf(answer, access, name) ?? [];
      });
      const failures = new Set((await Promise.all(asked)).flat());
      if (failures.size > 0) throw new ProbeError([...failures].join('; '));
      return { samples: [] };
    },
  };
}

/** @param keyVariable the one that holds the key */
function failureOf(
  answer: JsonAnswer,
  { provider, folder }: AiAccess,
  keyVariable: string,
): string | undefined {
  const { status, body } = answer;
  const { title, asks, baseUrlVariable, folderVariable } = provider;
  if (status === 401 || status === 403 || (status === 400 && isInvalidGoogleKey(body))) {
    const toCheck = [keyVariable, ...(folder === undefined ? [] : [folderVariable])].join(' and ');
    return `key refused: ${title} answers ${status}; check ${toCheck}`;
  }
  if (status === 429) return `${title} answers 429: the quota or the rate limit of the key is used up`;
  if (provider.isUsedUp?.(answer) === true)
    return `${title}: the limit of the key in ${keyVariable} is used up`;
  if (provider.isProof(answer)) return undefined;
  return status === 200
    ? `${title} answers no ${asks}; check ${baseUrlVariable}`
    : `${title} answers ${status} to the ${asks}`;
}

/** Google answers 400, not 401, to a wrong key: https://cloud.google.com/apis/design/errors#error_info */
function isInvalidGoogleKey(body: unknown): boolean {
  return JSON.stringify(body ?? '').includes('API_KEY_INVALID');
}
