/** What became of forgetting a user in one place. */
export interface Forgotten {
  /** What was found, with what became of it, and how many. */
  readonly found: readonly (readonly [what: string, count: number])[];
  /** What could not be searched, and what to do about it, in sentences. */
  readonly left: readonly string[];
}
