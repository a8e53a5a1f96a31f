import { RegexError } from "./error.js";

/** What one pattern may cost; over it, compilation throws a `RegexError` with the reason `too_large`. */
export interface RegexLimits {
  /** States of the byte automaton. */
  states: number;
  /** Also counts the work, for all patterns of one schema, and throws its own error when that is too much. */
  fuel: WorkCounter;
}

/** Takes note of elementary steps, and throws where they are too many. */
export interface WorkCounter {
  spend(steps: number): void;
}

export const DEFAULT_STATES = 50_000;
/** Length of a pattern in UTF-16 code units. */
export const MAX_PATTERN_LENGTH = 1 << 16;
/** Groups within groups. */
export const MAX_NESTING = 200;
/** Nodes of the nondeterministic automaton, counted repetitions written out. */
export const MAX_NODES = 200_000;
/** Entries of a transition table: 32 MiB. */
export const MAX_TABLE = 1 << 23;

/** Elementary steps, some tens of nanoseconds each: a bound on time that does not depend on the machine. */
const MAX_WORK = 20_000_000;

/** Counts the work of one compilation and stops it when it gets out of hand. */
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
