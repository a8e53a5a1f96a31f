import { type ByteAutomaton, INFINITE } from "./automaton.js";

/** The number of strings in the language, capped at `limit`. */
export function acceptedCount(a: ByteAutomaton, limit: number): number {
  if (a.start === 0) return Math.min(0, limit);
  const used = new Uint8Array(a.classCount);
  const width = new Int32Array(a.classCount);
  for (const c of a.classOf) {
    used[c] = 1;
    width[c]++;
  }
  // 0 not visited, 1 on the path, 2 done. Every state except the dead one reaches acceptance, so a loop means infinitely many strings.
  const mark = new Uint8Array(a.stateCount);
  const count = new Float64Array(a.stateCount);
  const path = [a.start];
  const at = [0];
  mark[a.start] = 1;
  count[a.start] = a.accepting[a.start];
  while (path.length > 0) {
    const top = path.length - 1;
    const state = path[top];
    if (at[top] === a.classCount || count[state] >= limit) {
      mark[state] = 2;
      path.pop();
      at.pop();
      continue;
    }
    const c = at[top];
    const target = a.next[state * a.classCount + c];
    if (target === 0 || used[c] === 0) {
      at[top]++;
      continue;
    }
    if (mark[target] === 1) return limit;
    if (mark[target] === 2) {
      count[state] += width[c] * count[target];
      at[top]++;
      continue;
    }
    mark[target] = 1;
    count[target] = a.accepting[target];
    path.push(target);
    at.push(0);
  }
  return Math.min(count[a.start], limit);
}

/** A shortest string of the language in UTF-8, of letters and digits if there is a choice; undefined if the language is empty. */
export function shortest(a: ByteAutomaton): Uint8Array | undefined {
  if (a.start === 0) return undefined;
  const bytes = new Uint8Array(a.distance[a.start]);
  let state = a.start;
  for (let i = 0; i < bytes.length; i++) {
    for (const byte of PREFERENCE) {
      const target = a.step(state, byte);
      if (a.distance[target] === INFINITE || a.distance[target] !== a.distance[state] - 1) continue;
      bytes[i] = byte;
      state = target;
      break;
    }
  }
  return bytes;
}

/** Lower-case letters, digits, capitals, other printable ASCII, then the rest. */
const PREFERENCE: readonly number[] = (() => {
  const rank = (byte: number): number => {
    if (byte >= 0x61 && byte <= 0x7a) return 0;
    if (byte >= 0x30 && byte <= 0x39) return 1;
    if (byte >= 0x41 && byte <= 0x5a) return 2;
    return byte > 0x20 && byte < 0x7f ? 3 : byte === 0x20 ? 4 : 5;
  };
  return Array.from({ length: 256 }, (_, byte) => byte).sort((x, y) => rank(x) - rank(y) || x - y);
})();
