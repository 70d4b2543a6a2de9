/**
 * Runs `work` with a signal of its own, aborted after `timeoutMs` and with `outer`.
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
    return await work(own.signal);
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
