/**
 * The values of several sources as they arrive, each with the index of its source. A source's next value is requested after the
 * previous one has been consumed. If one fails, the others are ended and its error is thrown; leaving early ends all.
 */
export async function* interleave<Value>(
  sources: readonly AsyncIterator<Value>[],
): AsyncGenerator<[Value, number], undefined> {
  const running = new Set(sources.keys());
  const pending = new Map<number, Promise<[IteratorResult<Value>, number]>>();
  try {
    while (running.size > 0) {
      for (const index of running) {
        if (!pending.has(index)) pending.set(index, step(sources[index], index));
      }
      const [result, index] = await Promise.race(pending.values());
      pending.delete(index);
      if (result.done) running.delete(index);
      else yield [result.value, index];
    }
  } finally {
    await Promise.allSettled([...running].map((index) => sources[index].return?.()));
  }
  return undefined;
}

function step<Value>(source: AsyncIterator<Value>, index: number): Promise<[IteratorResult<Value>, number]> {
  const result = source.next().then((value): [IteratorResult<Value>, number] => [value, index]);
  // It may fail while nobody waits; the error is thrown with the next value.
  result.catch(() => {});
  return result;
}
