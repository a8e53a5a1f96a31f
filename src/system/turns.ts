/** One queue for the whole thread, as its event loop is. */
const waiting: (() => void)[] = [];

/**
 * Resolves in a turn of the event loop that nobody else gets from here, in the order of calls. Long work is done in pieces of about a
 * millisecond that each wait for their turn: however many such works run at a time, everything else waits for one piece only.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(serve);
  });
}

function serve(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(serve);
}
