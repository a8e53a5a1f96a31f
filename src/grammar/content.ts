import type { ByteAutomaton } from "../regex/index.js";

/** A deterministic automaton over the UTF-8 bytes of decoded text whose accepting states say which of several languages they are in. */
export interface Content {
  readonly start: number;
  readonly stateCount: number;
  readonly classOf: Uint8Array;
  readonly classCount: number;
  /** `next[state * classCount + class]`; 0 is dead. */
  readonly next: Int32Array;
  /** One a state: -1 where the text may not end, else the label of the end. */
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
