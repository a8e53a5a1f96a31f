import { automata } from "../cache.js";
import { RegexError } from "../error.js";
import { Budget, DEFAULT_STATES, MAX_TABLE, type RegexLimits, type WorkCounter } from "../limits.js";
import { ByteAutomaton } from "./automaton.js";
import type { SymbolAutomaton } from "./determinise.js";
import { minimise } from "./minimise.js";
import { resized, TupleTable } from "./tuples.js";
import { overBytes } from "./utf8.js";

/** The intersection of both languages. Cached for the process. Throws `RegexError` beyond the limits. */
export function intersect(
  a: ByteAutomaton,
  b: ByteAutomaton,
  limits: Partial<RegexLimits> = {},
): ByteAutomaton {
  return automata.take(
    `both ${a.id} ${b.id} ${limits.states ?? DEFAULT_STATES}`,
    (fuel) => product(a, b, BOTH, new Budget({ ...limits, fuel })),
    limits.fuel,
  );
}

/** The union of both languages. Throws `RegexError` beyond the limits. */
export function union(a: ByteAutomaton, b: ByteAutomaton, limits?: Partial<RegexLimits>): ByteAutomaton {
  return product(a, b, EITHER, new Budget(limits));
}

/** The complement of the language. Cached for the process. */
export function complement(a: ByteAutomaton, fuel?: WorkCounter): ByteAutomaton {
  const build = (own: WorkCounter) =>
    product(universal(), a, FIRST_ALONE, new Budget({ states: a.stateCount * 8 + 8, fuel: own }));
  return automata.take(`not ${a.id}`, build, fuel);
}

/** The language without strings that contain lone surrogates: what UTF-8 can encode. Cached for the process. */
export function wellFormed(a: ByteAutomaton, fuel?: WorkCounter): ByteAutomaton {
  if (!takesSurrogates(a)) return a;
  scalars ??= overSegments([0, 0xd800, 0xe000], [1, 2, 1]);
  const all = scalars;
  const build = (own: WorkCounter) =>
    product(a, all, BOTH, new Budget({ states: a.stateCount * 8 + 8, fuel: own }));
  return automata.take(`well-formed ${a.id}`, build, fuel);
}

/** Whether some state continues after the first two bytes of a surrogate. */
function takesSurrogates(a: ByteAutomaton): boolean {
  for (let state = 1; state < a.stateCount; state++) {
    const within = a.step(state, 0xed);
    for (let byte = 0xa0; within !== 0 && byte < 0xc0; byte++) if (a.step(within, byte) !== 0) return true;
  }
  return false;
}
let scalars: ByteAutomaton | undefined;

/** The language of all strings. */
export function universal(): ByteAutomaton {
  everything ??= overSegments([0], [1]);
  return everything;
}
let everything: ByteAutomaton | undefined;

/** One state that loops on the segments of class 1 and dies on the others. */
function overSegments(boundaries: number[], classes: number[]): ByteAutomaton {
  return overBytes(
    {
      start: 1,
      stateCount: 2,
      classCount: 3,
      next: Int32Array.of(0, 0, 0, 0, 1, 0),
      accepting: Uint8Array.of(0, 1),
    },
    { boundaries: Int32Array.from(boundaries), classOf: Int32Array.from(classes) },
    new Budget(),
  );
}

/** The strings of `min` to `max` code points; `max` may be `Infinity`. Throws `RegexError` beyond the limits. */
export function lengthBetween(min: number, max: number): ByteAutomaton {
  if (max < min) return literals([]);
  const last = max === Number.POSITIVE_INFINITY ? min : max;
  const stateCount = last + 2;
  if (stateCount > MAX_TABLE >> 7) {
    throw new RegexError("too_large", `An automaton that counts to ${last} would be too large.`);
  }
  const next = new Int32Array(stateCount);
  const accepting = new Uint8Array(stateCount);
  for (let state = 1; state < stateCount; state++) {
    next[state] = state + 1;
    accepting[state] = state - 1 >= min ? 1 : 0;
  }
  next[stateCount - 1] = max === last ? 0 : stateCount - 1;
  return overBytes(
    { start: 1, stateCount, classCount: 1, next, accepting },
    { boundaries: Int32Array.of(0), classOf: Int32Array.of(0) },
    new Budget({ states: MAX_TABLE }),
  );
}

/** The language with exactly these strings. */
export function literals(texts: Iterable<string>): ByteAutomaton {
  const encoded = [...texts].map(encodeWtf8);
  const classOf = new Uint8Array(256);
  const used = new Uint8Array(256);
  let total = 0;
  for (const bytes of encoded) {
    total += bytes.length;
    for (const byte of bytes) used[byte] = 1;
  }
  let classCount = 1;
  for (let byte = 0; byte < 256; byte++) if (used[byte] === 1) classOf[byte] = classCount++;
  // Class 0 is the rest, which is never empty because some bytes do not occur in UTF-8.
  if ((total + 2) * classCount > MAX_TABLE) {
    throw new RegexError("too_large", "These strings are too many or too long for one automaton.");
  }
  const next = new Int32Array((total + 2) * classCount);
  const accepting = new Uint8Array(total + 2);
  let stateCount = 2;
  for (const bytes of encoded) {
    let state = 1;
    for (let i = 0; i < bytes.length; i++) {
      const at = state * classCount + classOf[bytes[i]];
      if (next[at] === 0) next[at] = stateCount++;
      state = next[at];
    }
    accepting[state] = 1;
  }
  return overClasses({ start: 1, stateCount, classCount, next, accepting }, classOf);
}

/** Whether the languages are disjoint. Stops at the first common string; builds nothing. */
export function compareIntersectionEmpty(a: ByteAutomaton, b: ByteAutomaton): boolean {
  if (a.start === 0 || b.start === 0) return true;
  const pairs = jointClasses(a, b);
  const seen = new Set<number>([a.start * b.stateCount + b.start]);
  const queue = [a.start, b.start];
  while (queue.length > 0) {
    const stateB = queue.pop()!;
    const stateA = queue.pop()!;
    if (a.accepting[stateA] === 1 && b.accepting[stateB] === 1) return false;
    for (let c = 0; c < pairs.count; c++) {
      const toA = a.next[stateA * a.classCount + pairs.ofA[c]];
      const toB = b.next[stateB * b.classCount + pairs.ofB[c]];
      if (toA === 0 || toB === 0) continue;
      const key = toA * b.stateCount + toB;
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push(toA, toB);
    }
  }
  return true;
}

/** Which of (neither, second only, first only, both) the product accepts. */
type Rule = readonly [number, number, number, number];
const BOTH: Rule = [0, 0, 0, 1];
const EITHER: Rule = [0, 1, 1, 1];
const FIRST_ALONE: Rule = [0, 0, 1, 0];

function product(a: ByteAutomaton, b: ByteAutomaton, rule: Rule, budget: Budget): ByteAutomaton {
  const pairs = jointClasses(a, b);
  const classCount = pairs.count;
  const ids = new PairIds(a.stateCount, b.stateCount);
  const statesOfA: number[] = [0];
  const statesOfB: number[] = [0];
  const idOf = (stateA: number, stateB: number): number => {
    const hopeless = stateA === 0 ? stateB === 0 || rule[1] === 0 : stateB === 0 && rule[2] === 0;
    if (hopeless) return 0;
    let id = ids.get(stateA, stateB);
    if (id === 0) {
      id = statesOfA.length;
      ids.set(stateA, stateB, id);
      statesOfA.push(stateA);
      statesOfB.push(stateB);
    }
    return id;
  };
  const start = idOf(a.start, b.start);
  let next: Int32Array = new Int32Array(classCount * 64);
  for (let id = 1; id < statesOfA.length; id++) {
    // The product may shrink when minimised, so its limit is larger than that of the result.
    budget.checkStates(statesOfA.length / 4, classCount);
    budget.spend(classCount * 4);
    if ((id + 1) * classCount > next.length) next = resized(next, next.length * 2);
    const rowA = statesOfA[id] * a.classCount;
    const rowB = statesOfB[id] * b.classCount;
    for (let c = 0; c < classCount; c++) {
      next[id * classCount + c] = idOf(a.next[rowA + pairs.ofA[c]], b.next[rowB + pairs.ofB[c]]);
    }
  }
  const stateCount = statesOfA.length;
  const accepting = new Uint8Array(stateCount);
  for (let id = 1; id < stateCount; id++) {
    accepting[id] = rule[a.accepting[statesOfA[id]] * 2 + b.accepting[statesOfB[id]]];
  }
  const table = resized(next, stateCount * classCount);
  const outcome = overClasses({ start, stateCount, classCount, next: table, accepting }, pairs.classOf);
  budget.checkStates(outcome.stateCount);
  return outcome;
}

/** Numbers of pairs of states, 0 if there is none yet; a table while that is small. */
class PairIds {
  private readonly width: number;
  private readonly table: Int32Array | undefined;
  private readonly map = new Map<number, number>();

  constructor(height: number, width: number) {
    this.width = width;
    this.table = height * width <= 1 << 20 ? new Int32Array(height * width) : undefined;
  }

  get(first: number, second: number): number {
    const key = first * this.width + second;
    return this.table === undefined ? (this.map.get(key) ?? 0) : this.table[key];
  }

  set(first: number, second: number, id: number): void {
    const key = first * this.width + second;
    if (this.table === undefined) this.map.set(key, id);
    else this.table[key] = id;
  }
}

/** Classes of bytes that neither automaton distinguishes, with the class in each automaton. */
function jointClasses(
  a: ByteAutomaton,
  b: ByteAutomaton,
): { classOf: Uint8Array; count: number; ofA: number[]; ofB: number[] } {
  const classOf = new Uint8Array(256);
  // One more than the joint class of each pair of classes, 0 for none yet.
  const known = new Uint16Array(a.classCount * b.classCount);
  const ofA: number[] = [];
  const ofB: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const key = a.classOf[byte] * b.classCount + b.classOf[byte];
    if (known[key] === 0) {
      ofA.push(a.classOf[byte]);
      ofB.push(b.classOf[byte]);
      known[key] = ofA.length;
    }
    classOf[byte] = known[key] - 1;
  }
  return { classOf, count: ofA.length, ofA, ofB };
}

/** The minimal byte automaton of an automaton over classes of bytes; equivalent classes are merged. */
function overClasses(automaton: SymbolAutomaton, classOf: Uint8Array): ByteAutomaton {
  const { start, stateCount, classCount, next, accepting } = minimise(automaton);
  const columns = new TupleTable(classCount, classCount * stateCount);
  const merged = new Uint8Array(classCount);
  const kept: number[] = [];
  const column = new Int32Array(stateCount);
  for (let c = 0; c < classCount; c++) {
    for (let state = 0; state < stateCount; state++) column[state] = next[state * classCount + c];
    merged[c] = columns.intern(column, stateCount);
    if (columns.added) kept.push(c);
  }
  const table = new Int32Array(stateCount * kept.length);
  for (let state = 0; state < stateCount; state++) {
    for (let c = 0; c < kept.length; c++) table[state * kept.length + c] = next[state * classCount + kept[c]];
  }
  const classes = classOf.map((c) => merged[c]);
  return new ByteAutomaton({
    start,
    stateCount,
    classOf: classes,
    classCount: kept.length,
    next: table,
    accepting,
  });
}

/** UTF-8, with lone surrogates encoded as three bytes. */
function encodeWtf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point < 0x80) bytes.push(point);
    else {
      if (point < 0x800) bytes.push(0xc0 | (point >> 6));
      else {
        if (point < 0x10000) bytes.push(0xe0 | (point >> 12));
        else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63));
        bytes.push(0x80 | ((point >> 6) & 63));
      }
      bytes.push(0x80 | (point & 63));
    }
  }
  return bytes;
}
