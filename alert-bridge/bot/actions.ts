/** What a button says when it is pressed: `callback_data`, at most 64 bytes, the same across restarts. Pure. */
import { createHash } from 'node:crypto';

export const SILENCE_LENGTHS = ['1h', '4h', 'morning', 'over'] as const;
export type SilenceLength = (typeof SILENCE_LENGTHS)[number];

export type Action =
  /** Of a living message, by the key of its type. */
  | { readonly kind: 'acknowledge'; readonly key: string }
  | { readonly kind: 'mute'; readonly length: SilenceLength; readonly key: string }
  | { readonly kind: 'runbook'; readonly key: string }
  | { readonly kind: 'log'; readonly key: string }
  /** Of a mute, by its id. */
  | { readonly kind: SilenceStep; readonly id: string }
  /** Of a silence in Alertmanager, by the id it has there. */
  | { readonly kind: 'expire'; readonly silenceId: string }
  /** Another page of a list, from 0 on. */
  | { readonly kind: 'page'; readonly list: PagedList; readonly page: number };

const PAGED_LISTS = ['alerts', 'silences'] as const;
export type PagedList = (typeof PAGED_LISTS)[number];

export type SilenceStep = 'confirm' | 'cancel' | 'unmute' | 'extend' | 'let_ring';

const LETTERS: readonly (readonly [string, SilenceStep])[] = [
  ['y', 'confirm'],
  ['n', 'cancel'],
  ['u', 'unmute'],
  ['x', 'extend'],
  ['l', 'let_ring'],
];

/** A type can be longer than a button may say. */
export const typeKey = (type: string): string => createHash('sha256').update(type).digest('hex').slice(0, 16);

export function encodeAction(action: Action): string {
  switch (action.kind) {
    case 'acknowledge':
      return `a:${action.key}`;
    case 'mute':
      return `m:${action.length}:${action.key}`;
    case 'runbook':
      return `r:${action.key}`;
    case 'log':
      return `g:${action.key}`;
    case 'expire':
      return `s:${action.silenceId}`;
    case 'page':
      return `p:${action.list}:${action.page}`;
    default:
      return `${LETTERS.find(([, step]) => step === action.kind)?.[0] ?? ''}:${action.id}`;
  }
}

/** Undefined for what no button of ours says. */
export function decodeAction(data: string): Action | undefined {
  const [letter, first = '', second = ''] = data.split(':');
  if (first === '') return undefined;
  const step = LETTERS.find(([known]) => known === letter)?.[1];
  if (step !== undefined) return { kind: step, id: first };
  switch (letter) {
    case 'a':
      return { kind: 'acknowledge', key: first };
    case 'r':
      return { kind: 'runbook', key: first };
    case 'g':
      return { kind: 'log', key: first };
    case 's':
      return { kind: 'expire', silenceId: first };
    case 'p': {
      const list = PAGED_LISTS.find((known) => known === first);
      return list === undefined || !/^\d{1,4}$/.test(second)
        ? undefined
        : { kind: 'page', list, page: Number(second) };
    }
    case 'm': {
      const length = SILENCE_LENGTHS.find((known) => known === first);
      return length === undefined || second === '' ? undefined : { kind: 'mute', length, key: second };
    }
    default:
      return undefined;
  }
}
