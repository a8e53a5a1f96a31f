import { ByteAutomaton } from "./automaton.js";

// An automaton as text: base64 of variable-length numbers with seven bits per byte, lowest first, the highest bit set if more
// follow. They are: states, classes, start; the classes of the bytes as runs (length, class); acceptance as lengths of runs,
// starting with non-accepting states; then for each state except the dead one, in order, either 1 + the number of an earlier row,
// or 0 and a new row, as runs (length, target) over the classes. Targets are relative to the state, so that chains have equal
// rows: 0 is the dead state, others are 1 + their zigzag-encoded distance.

/** The automaton as text. */
export function encodeAutomaton(automaton: ByteAutomaton): string {
  const { accepting, classCount, classOf, next, start, stateCount } = automaton;
  const out: number[] = [];
  const put = (number: number) => {
    for (; number >= 0x80; number >>>= 7) out.push((number & 0x7f) | 0x80);
    out.push(number);
  };
  const putRuns = (values: ArrayLike<number>, withValues: boolean) => {
    for (let from = 0, to = 0; from < values.length; from = to) {
      while (to < values.length && values[to] === values[from]) to++;
      put(to - from);
      if (withValues) put(values[from]);
    }
  };
  put(stateCount);
  put(classCount);
  put(start);
  putRuns(classOf, true);
  // State 0 never accepts, so the first run is of non-accepting states.
  putRuns(accepting, false);
  const rows = new Map<string, number>();
  for (let state = 1; state < stateCount; state++) {
    const row = Array.from(next.subarray(state * classCount, (state + 1) * classCount), (target) => {
      const distance = target - state;
      return target === 0 ? 0 : 1 + (distance < 0 ? -2 * distance - 1 : 2 * distance);
    });
    const key = row.join();
    const known = rows.get(key);
    if (known !== undefined) put(1 + known);
    else {
      rows.set(key, rows.size);
      put(0);
      putRuns(row, true);
    }
  }
  return btoa(String.fromCharCode(...out));
}

/** The automaton that was encoded. */
export function decodeAutomaton(text: string): ByteAutomaton {
  const bytes = atob(text);
  let at = 0;
  const take = (): number => {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes.charCodeAt(at++);
      number |= (byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
  };
  const takeRuns = <Values extends Uint8Array | Int32Array>(values: Values): Values => {
    for (let from = 0; from < values.length; ) {
      const to = from + take();
      values.fill(take(), from, to);
      from = to;
    }
    return values;
  };
  const stateCount = take();
  const classCount = take();
  const start = take();
  const classOf = takeRuns(new Uint8Array(256));
  const accepting = new Uint8Array(stateCount);
  for (let from = 0, value = 0; from < stateCount; value = 1 - value) {
    const to = from + take();
    accepting.fill(value, from, to);
    from = to;
  }
  const next = new Int32Array(stateCount * classCount);
  const rows: Int32Array[] = [];
  for (let state = 1; state < stateCount; state++) {
    const known = take();
    const row = known === 0 ? takeRuns(new Int32Array(classCount)) : rows[known - 1];
    if (known === 0) rows.push(row);
    for (let c = 0; c < classCount; c++) {
      const relative = row[c] - 1;
      if (relative >= 0)
        next[state * classCount + c] = state + (relative & 1 ? -((relative + 1) >>> 1) : relative >>> 1);
    }
  }
  return new ByteAutomaton({ start, stateCount, classOf, classCount, next, accepting });
}
