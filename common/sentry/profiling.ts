/**
 * Profiles a share of the time. The SDK decides once per process, so that with a rate of 0.1 nine of ten services would
 * never be profiled in all the months they run; here every minute is drawn anew.
 */
export interface ProfileSampling {
  /** 0 to 1. */
  readonly rate: number;
  /** 0 to 1, exclusive. */
  readonly random: () => number;
  readonly start: () => void;
  readonly stop: () => void;
  /** Default one minute, the length of the SDK's own chunks. */
  readonly windowMs?: number;
}

const WINDOW_MS = 60_000;

/** Draws the first window at once; the returned function ends sampling and sends what is running. */
export function sampleProfiles(sampling: ProfileSampling): () => void {
  let running = false;
  const draw = (): void => {
    const wanted = sampling.random() < sampling.rate;
    if (wanted === running) return;
    running = wanted;
    if (wanted) sampling.start();
    else sampling.stop();
  };
  draw();
  const timer = setInterval(draw, sampling.windowMs ?? WINDOW_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (running) sampling.stop();
    running = false;
  };
}
