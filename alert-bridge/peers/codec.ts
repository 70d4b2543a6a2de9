/** What bridges tell one another of a chat, as it stands in Redis: sealed, in base64. */
import { z } from 'zod';
import { parseOwnJson } from '../../common/text/json.ts';
import type { Shown } from '../outbox/outbox.ts';
import type { Seal } from '../outbox/seal.ts';
import type { DigestName, Incident } from '../model/incident.ts';

const incidentSchema = z.object({
  state: z
    .looseObject({ kind: z.enum(['alerts', 'events', 'digest']), type: z.string(), messageId: z.number() })
    .transform((state) => state as unknown as Incident)
    .optional(),
  stale: z.boolean(),
});

const shownSchema = z.object({
  bridge: z.string(),
  identities: z.array(z.string()),
  type: z.string().optional(),
  members: z.array(
    z.object({
      digest: z.enum(['critical', 'warning', 'info', 'quiet'] satisfies DigestName[]),
      member: z.string(),
      name: z.string(),
      urgency: z.number(),
      status: z.string(),
      startedAt: z.number(),
      endedAt: z.number().nullable(),
    }),
  ),
});

const entrySchema = z.union([z.object({ erase: z.string() }), shownSchema]);

/** A bridge has shown something. */
export interface ToldEntry extends Pick<Shown, 'identities' | 'members'> {
  readonly bridge: string;
  /** Of the incident that was shown with it. */
  readonly type?: string | undefined;
}
/** Every bridge is to erase a user. */
export interface Order {
  readonly erase: string;
}
export type Entry = ToldEntry | Order;
export type ToldIncident = z.infer<typeof incidentSchema>;

/** Opening throws where something was sealed with another key, altered, or is something else. */
export interface Codec {
  sealEntry(entry: Entry): string;
  openEntry(text: string): Entry;
  sealIncident(type: string, incident: ToldIncident): string;
  openIncident(type: string, text: string): ToldIncident;
}

export function createCodec(seal: Pick<Seal, 'seal' | 'open'>, chat: string): Codec {
  const close = (value: unknown, ...place: readonly string[]): string =>
    seal.seal(JSON.stringify(value), ['told', chat, ...place]).toString('base64');
  const open = (text: string, ...place: readonly string[]): unknown =>
    parseOwnJson(seal.open(Buffer.from(text, 'base64'), ['told', chat, ...place]));
  return {
    sealEntry: (entry) => close(entry),
    openEntry: (text) => entrySchema.parse(open(text)),
    sealIncident: (type, incident) => close(incident, type),
    openIncident: (type, text) => incidentSchema.parse(open(text, type)),
  };
}
