import type { Trie } from "../../vocabulary/index.js";
import { clearBelow, setBits, type TokenList } from "./recipe.js";

/** Number of recipes that must request a union before it is built: most are requested once. */
const ASKED_BEFORE_MADE = 4;
const MAX_SETS = 512;
const MAX_STEPS = 16_384;

/** One step towards a union, which starts with a set: lists, then nodes of the trie. */
interface Step {
  readonly next: Map<TokenList | number, Step>;
  asked: number;
  made: Uint32Array | undefined;
}

/**
 * Sets that many recipes start with: a shared set, plus the same long lists, minus the tokens below the same nodes. A mask that
 * starts with one is a copy instead of hundreds of single bits.
 */
export class BaseSets {
  /** First steps. Weak, so that sets dropped elsewhere are freed. */
  private bySet = new WeakMap<Uint32Array, Step>();
  private sets = 0;
  private steps = 0;
  private readonly trie: Trie;
  private readonly empty: Uint32Array;

  constructor(words: number, trie: Trie) {
    this.empty = new Uint32Array(words);
    this.trie = trie;
  }

  /** `set` (if any) plus `lists`, minus the tokens below `less`; undefined until enough recipes have requested it. */
  of(
    set: Uint32Array | undefined,
    lists: readonly TokenList[],
    less: readonly number[],
  ): Uint32Array | undefined {
    if (this.sets >= MAX_SETS || this.steps >= MAX_STEPS) {
      this.bySet = new WeakMap();
      this.sets = 0;
      this.steps = 0;
    }
    const start = set ?? this.empty;
    let step = this.bySet.get(start);
    if (step === undefined) this.bySet.set(start, (step = makeStep()));
    for (const list of lists) step = this.after(step, list);
    for (const node of less) step = this.after(step, node);
    if (step.made === undefined && ++step.asked >= ASKED_BEFORE_MADE) {
      step.made = start.slice();
      for (const list of lists) setBits(step.made, list);
      for (const node of less) clearBelow(step.made, node, this.trie);
      this.sets++;
    }
    return step.made;
  }

  private after(step: Step, key: TokenList | number): Step {
    let next = step.next.get(key);
    if (next === undefined) {
      step.next.set(key, (next = makeStep()));
      this.steps++;
    }
    return next;
  }
}

function makeStep(): Step {
  return { next: new Map(), asked: 0, made: undefined };
}
