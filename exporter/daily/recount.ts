/** Counts closed days anew from the application's tables, by full scans. */
import type { Session } from '../postgres/postgres.ts';
import { isUnreadable } from '../postgres/errors.ts';
import { calendarDays } from '../model/day.ts';
import {
  asQuestion,
  SECTIONS,
  type DaySections,
  type Question,
  type Section,
  type SectionName,
} from './sections.ts';

/** One closed calendar day; a section whose table, column or right is missing is null. */
export interface CountedDay extends DaySections {
  /** YYYY-MM-DD. */
  readonly date: string;
}

export interface RecountRange {
  /** YYYY-MM-DD; half open, and over at `now`. */
  readonly from: string;
  readonly to: string;
  /** IANA name of the zone whose calendar days these are. */
  readonly timezone: string;
  /** Unix milliseconds. */
  readonly now: number;
}

export interface Recount {
  /** Oldest first; empty when the range is. */
  readonly days: readonly CountedDay[];
  /** What could not be read, and why in one sentence. */
  readonly unreadable: readonly { readonly section: SectionName; readonly error: string }[];
}

/** Less than the session's patience with a connection that does not answer. */
const STATEMENT_TIMEOUT_MS = 50_000;

/**
 * A few statements for the whole range, not some for each day.
 * @throws ProbeError when the database does not answer, or not in time: then nothing is known.
 */
export async function recountDays(
  session: Session,
  range: RecountRange,
  signal: AbortSignal,
): Promise<Recount> {
  const days = calendarDays(range.from, range.to, range.timezone);
  if (days.length === 0) return { days: [], unreadable: [] };
  const question = asQuestion(days, range.timezone, range.now);
  const unreadable: { section: SectionName; error: string }[] = [];
  const sections: Partial<Record<SectionName, readonly unknown[]>> = {};
  for (const section of SECTIONS) {
    try {
      sections[section.name] = await countSection(session, section, question, signal);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      unreadable.push({ section: section.name, error: (error as Error).message });
    }
  }
  const counted = days.map(({ date }, index) => {
    const entries = SECTIONS.map(({ name }) => [name, sections[name]?.[index] ?? null]);
    return { date, ...(Object.fromEntries(entries) as DaySections) };
  });
  return { days: counted, unreadable };
}

async function countSection(
  session: Session,
  section: Section,
  question: Question,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const answers = [];
  for (const statement of section.statements(question)) {
    answers.push(await session.query({ ...statement, timeoutMs: STATEMENT_TIMEOUT_MS }, signal));
  }
  return section.read(answers, question.days.length);
}
