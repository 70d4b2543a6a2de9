/** Numbers from 0 up to 1, the same ones for the same seed: mulberry32, by Tommy Ettinger (public domain). */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** From 0 to just below 1, the same for the same whole number: what must not depend on how often others draw. */
export const noise = (seed: number): number => seeded(Math.imul(seed, 0x9e3779b1))();

/** How many of what comes by chance come, where `mean` are to be expected. Counted by the time between them (Knuth). */
export function poisson(mean: number, random: Random): number {
  let count = 0;
  for (let passed = -Math.log(1 - random()); passed < mean; passed -= Math.log(1 - random())) count += 1;
  return count;
}
