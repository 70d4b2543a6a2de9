/**
 * Runs `work` with a signal of its own, aborted after `timeoutMs` and with `outer`; rejects then, whether or not `work` heeds
 * the signal.
 * AbortSignal.any() would do, but leaves something behind on a signal that lives as long as the process, every time.
 */
export async function within<T>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const timer = setTimeout(
    () => own.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    timeoutMs,
  );
  const unlink = linkAbort(outer, own);
  try {
    return await unlessAborted(own.signal, () => work(own.signal));
  } finally {
    clearTimeout(timer);
    unlink();
  }
}

/** Aborts `inner` with `outer`, for the same reason, until the function that it returns is called. */
export function linkAbort(outer: AbortSignal | undefined, inner: AbortController): () => void {
  const pass = (): void => inner.abort(outer?.reason);
  if (outer?.aborted === true) pass();
  outer?.addEventListener('abort', pass, { once: true });
  return () => outer?.removeEventListener('abort', pass);
}

/** What `work` comes to, or the reason of the signal once it is aborted: nobody waits for a library that does not heed it. */
export function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason as Error);
    if (signal.aborted) {
      giveUp();
      return;
    }
    signal.addEventListener('abort', giveUp, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', giveUp));
  });
}
