import type { NamedValue } from '../../common/env/aliases.ts';
import type { Reason } from '../../common/reasons/reason.ts';
import type { AiProvider } from './ai-providers.ts';
import { ProbeError, type Collector } from '../model/collector.ts';
import { getJson, type JsonAnswer } from './http/get-json.ts';
import type { ProbeTiming } from '../model/timing.ts';

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
      timing.disabledReason ??
      (keys.length === 0 ? { code: 'not_set', variable: provider.keyVariable } : undefined),
    name: provider.name,
    kind: 'component',
    collect: async ({ signal }) => {
      const url = new URL(`${baseUrl}${provider.path}`);
      const asked = keys.map(async ({ name, value }) => {
        const answer = await getJson({ url, headers: provider.headers(value, folder), signal });
        return failureOf(answer, access, name) ?? [];
      });
      // Several keys that are refused alike are one reason.
      const failures = new Map(
        (await Promise.all(asked)).flat().map((reason) => [JSON.stringify(reason), reason]),
      );
      if (failures.size > 0) throw new ProbeError([...failures.values()]);
      return { samples: [] };
    },
  };
}

/** @param keyVariable the one that holds the key */
function failureOf(
  answer: JsonAnswer,
  { provider, folder }: AiAccess,
  keyVariable: string,
): Reason | undefined {
  const { status, body } = answer;
  const { title: service, baseUrlVariable, folderVariable } = provider;
  if (status === 401 || status === 403 || (status === 400 && isInvalidGoogleKey(body))) {
    const variables = [keyVariable, ...(folder === undefined ? [] : [folderVariable ?? []])].flat();
    return { code: 'ai_key', service, status, variables };
  }
  if (status === 429) return { code: 'ai_quota', service };
  if (provider.isUsedUp?.(answer) === true) return { code: 'ai_used_up', service, variable: keyVariable };
  if (provider.isProof(answer)) return undefined;
  return status === 200
    ? { code: 'ai_other', service, variable: baseUrlVariable }
    : { code: 'ai_status', service, status };
}

/** Google answers 400, not 401, to a wrong key: https://cloud.google.com/apis/design/errors#error_info */
function isInvalidGoogleKey(body: unknown): boolean {
  return JSON.stringify(body ?? '').includes('API_KEY_INVALID');
}
