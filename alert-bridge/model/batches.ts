/** Long work in parts. */

/** Lets posts be answered between two pieces of work. */
export const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const inBatchesOf = <T>(size: number, all: readonly T[]): (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, part) =>
    all.slice(part * size, (part + 1) * size),
  );
