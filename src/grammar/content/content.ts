import type { ByteAutomaton } from "../../regex/index.js";

/** A deterministic automaton over the UTF-8 bytes of decoded text. Its accepting states are labelled by language. */
export interface Content {
  readonly start: number;
  readonly stateCount: number;
  readonly classOf: Uint8Array;
  readonly classCount: number;
  /** `next[state * classCount + class]`; 0 is dead. */
  readonly next: Int32Array;
  /** By state: -1 if the text may not end, else the label of the end. */
  readonly label: Int32Array;
  /** Every well-formed text is accepted with label 0. */
  readonly isUniversal: boolean;
}

export function contentOf(automaton: ByteAutomaton): Content {
  const label = new Int32Array(automaton.stateCount);
  for (let state = 0; state < label.length; state++) label[state] = automaton.accepting[state] === 1 ? 0 : -1;
  return {
    start: automaton.start,
    stateCount: automaton.stateCount,
    classOf: automaton.classOf,
    classCount: automaton.classCount,
    next: automaton.next,
    label,
    isUniversal: automaton.isUniversal,
  };
}

/** By state, 1 if infinitely many texts can follow: some cycle is reachable. */
export function endlessStates({ stateCount, classCount, next }: Content): Uint8Array {
  // States with only finite successors are removed repeatedly; the remaining ones are infinite.
  const open = new Int32Array(stateCount);
  const sources: number[][] = Array.from({ length: stateCount }, () => []);
  for (let state = 1; state < stateCount; state++) {
    for (let c = 0; c < classCount; c++) {
      const target = next[state * classCount + c];
      if (target === 0) continue;
      open[state]++;
      sources[target].push(state);
    }
  }
  const endless = new Uint8Array(stateCount).fill(1, 1);
  const queue: number[] = [];
  for (let state = 1; state < stateCount; state++) if (open[state] === 0) queue.push(state);
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    endless[state] = 0;
    for (const source of sources[state]) if (--open[source] === 0) queue.push(source);
  }
  return endless;
}

const furthestEnds = new WeakMap<Content, number>();

/** The maximum over all states of the minimum number of bytes to the end. */
export function furthestEnd(content: Content): number {
  let furthest = furthestEnds.get(content);
  if (furthest === undefined) furthestEnds.set(content, (furthest = findFurthestEnd(content)));
  return furthest;
}

function findFurthestEnd({ stateCount, classCount, next, label }: Content): number {
  const sources: number[][] = Array.from({ length: stateCount }, () => []);
  const distance = new Int32Array(stateCount).fill(-1);
  const queue: number[] = [];
  for (let state = 1; state < stateCount; state++) {
    for (let c = 0; c < classCount; c++) {
      const target = next[state * classCount + c];
      if (target !== 0) sources[target].push(state);
    }
    if (label[state] < 0) continue;
    distance[state] = 0;
    queue.push(state);
  }
  let furthest = 0;
  for (let at = 0; at < queue.length; at++) {
    const length = distance[queue[at]];
    if (length > furthest) furthest = length;
    for (const source of sources[queue[at]]) {
      if (distance[source] >= 0) continue;
      distance[source] = length + 1;
      queue.push(source);
    }
  }
  return furthest;
}

const alikeByContent = new WeakMap<Content, (readonly number[])[]>();

/**
 * By byte: the bytes of the same class, with leading bytes separate from continuation bytes. None for bytes that strings handle
 * themselves: control characters, quote, backslash, and the leading byte of surrogates.
 */
export function alikeBytes(content: Content): (readonly number[])[] {
  let alike = alikeByContent.get(content);
  if (alike === undefined) {
    const groups = new Map<number, number[]>();
    alike = [];
    for (let byte = 0x20; byte < 256; byte++) {
      if (byte === 0x22 || byte === 0x5c || byte === 0xed) continue;
      const key = content.classOf[byte] * 2 + ((byte & 0xc0) === 0x80 ? 1 : 0);
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = []));
      group.push(byte);
      alike[byte] = group;
    }
    alikeByContent.set(content, alike);
  }
  return alike;
}
