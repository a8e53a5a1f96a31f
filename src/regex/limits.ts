import { RegexError } from "./error.js";

/** Limits of one pattern; beyond them, compilation throws a `RegexError` with the reason `too_large`. */
export interface RegexLimits {
  /** Maximum number of states of the byte automaton. */
  states: number;
  /** Also counts the work, for all patterns of a schema, and throws its own error beyond its limit. */
  fuel: WorkCounter;
}

/** Counts elementary steps, and throws if there are too many. */
export interface WorkCounter {
  spend(steps: number): void;
}

export const DEFAULT_STATES = 50_000;
/** Maximum length of a pattern in UTF-16 code units. */
export const MAX_PATTERN_LENGTH = 1 << 16;
/** Maximum nesting of groups. */
export const MAX_NESTING = 200;
/** Maximum number of nodes of the nondeterministic automaton, with counted repetitions expanded. */
export const MAX_NODES = 200_000;
/** Maximum number of entries of a transition table: 32 MiB. */
export const MAX_TABLE = 1 << 23;

/** Maximum number of elementary steps, some tens of nanoseconds each: a machine-independent bound on time. */
const MAX_WORK = 20_000_000;

/** Counts the work of one compilation and stops it beyond the limit. */
export class Budget {
  readonly states: number;
  private readonly fuel: WorkCounter | undefined;
  private left = MAX_WORK;

  constructor(limits: Partial<RegexLimits> = {}) {
    this.states = limits.states ?? DEFAULT_STATES;
    this.fuel = limits.fuel;
  }

  spend(steps: number): void {
    this.fuel?.spend(steps);
    if ((this.left -= steps) < 0) {
      throw new RegexError("too_large", "The automaton of this pattern takes too much work to build.");
    }
  }

  checkStates(count: number, classCount = 1): void {
    if (count > this.states || count * classCount > MAX_TABLE) {
      throw new RegexError("too_large", `The automaton of this pattern has more than ${this.states} states.`);
    }
  }
}
