/** What `npm run doctor` looks at: one thing each, all at once, none of them longer than the deadline. */

export type Finding =
  | { readonly status: 'ok'; readonly detail: string }
  /** `todo`: what to do about it, one line or several (statements to run). */
  | { readonly status: 'wrong'; readonly detail: string; readonly todo: readonly string[] }
  /** It works, but may not be what was meant. */
  | { readonly status: 'warning'; readonly detail: string }
  /** Not looked at, and why. */
  | { readonly status: 'left out'; readonly detail: string };

export interface Check {
  readonly section: string;
  readonly name: string;
  /** @param signal aborted at the deadline; whoever does not heed it is not waited for */
  look(signal: AbortSignal): Promise<Finding>;
}

export type Result = Finding & Pick<Check, 'section' | 'name'>;

export const ok = (detail: string): Finding => ({ status: 'ok', detail });
export const wrong = (detail: string, ...todo: readonly string[]): Finding => ({
  status: 'wrong',
  detail,
  todo,
});
export const warning = (detail: string): Finding => ({ status: 'warning', detail });
export const leftOut = (detail: string): Finding => ({ status: 'left out', detail });

/** In the order of the checks. Never rejects. */
export async function runChecks(checks: readonly Check[], deadlineMs: number): Promise<readonly Result[]> {
  return Promise.all(
    checks.map(async (check) => ({
      section: check.section,
      name: check.name,
      ...(await lookWithin(check, deadlineMs)),
    })),
  );
}

async function lookWithin(check: Check, deadlineMs: number): Promise<Finding> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      resolve(
        wrong(
          `no answer in ${deadlineMs / 1000} s`,
          'See whether it runs, and whether this host reaches it.',
        ),
      );
      abort.abort();
    }, deadlineMs);
  });
  try {
    return await Promise.race([check.look(abort.signal), late]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return wrong(`this check itself failed: ${reason}`, 'Report it: this is a fault of the doctor.');
  } finally {
    clearTimeout(timer);
  }
}
