import { LimitError } from "../errors.js";
import type { Fuel } from "./fuel.js";
import type { Goal } from "./goal.js";

/** Maximum nesting of goals, limited by the thread's stack. */
const MAX_DEPTH = 700;
/** Approximate cost of one goal, in elementary steps. */
const GOAL_WORK = 20;

/**
 * The search for finite documents over the goals of one schema: the goals in progress, outermost first, and whether a result is
 * incomplete because it needed one of them. Shared by the goals, shapes and frames of one grammar.
 */
export class Search {
  /** Counts the cost of the search. */
  readonly fuel: Fuel;
  /** Goals in progress, outermost first. */
  readonly busy: Goal[] = [];
  /** By level: a number that identifies the visit of the goal. */
  readonly visits: number[] = [];
  visitCount = 0;
  /** Level of the outermost goal in progress on which the result so far depends. */
  cutDepth = Number.POSITIVE_INFINITY;
  /**
   * How often a goal in progress was assumed to be impossible. A result "impossible" during which this number increased must not be
   * cached.
   */
  cuts = 0;

  constructor(fuel: Fuel) {
    this.fuel = fuel;
  }

  /** Starts a goal; throws if it is nested too deeply. */
  enter(goal: Goal): number {
    const depth = this.busy.length;
    if (depth >= MAX_DEPTH) {
      throw new LimitError("depth", `Values of this schema are nested deeper than ${MAX_DEPTH} levels.`);
    }
    this.fuel.spend(GOAL_WORK);
    this.busy.push(goal);
    this.visits[depth] = ++this.visitCount;
    return depth;
  }

  /** Records that the goal in progress at `depth` was assumed to be impossible. */
  cutAt(depth: number): void {
    this.cuts++;
    this.cutDepth = Math.min(this.cutDepth, depth);
  }

  /** Records a dependency on itself without a goal in between: provisionally impossible. */
  cutOff(): void {
    this.cuts++;
    this.cutDepth = -1;
  }
}
