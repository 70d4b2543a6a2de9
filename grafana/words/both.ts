/** A text in both languages, side by side. */
export interface Both<T> {
  readonly ru: T;
  readonly en: T;
}

/** What a panel says of itself: what it shows, what is good, and what to do when it is not. */
export type PanelText = readonly [title: string, shows: string, good: string, todo: string];
type BoardText = readonly [title: string, shows: string];

export const w = (ru: string, en: string): Both<string> => ({ ru, en });
export const board = (ru: BoardText, en: BoardText): Both<BoardText> => ({ ru, en });
export const panel = (ru: PanelText, en: PanelText): Both<PanelText> => ({ ru, en });

export const LOGS = w(
  'Посмотрите лог: `docker compose logs --tail 50 alert-bridge`.',
  'Look at the log: `docker compose logs --tail 50 alert-bridge`.',
);
