import { LimitError } from "../errors.js";
import type { Fuel } from "./fuel.js";
import type { Goal } from "./goal.js";

/** Goals within goals: what the stack of a thread holds. */
const MAX_DEPTH = 700;
/** Of one goal, in elementary steps, about. */
const GOAL_WORK = 20;

/**
 * The search for finite documents over the goals of one schema: which goals are being worked out, outermost first, and
 * where a result was cut short because it asked for one of them. Shared by the goals, shapes and frames of one grammar.
 */
export class Search {
  /** Counts what the search costs. */
  readonly fuel: Fuel;
  /** Goals being worked out, outermost first. */
  readonly busy: Goal[] = [];
  /** One number for each time a goal was begun, by its level: identifies the visit. */
  readonly visits: number[] = [];
  visitCount = 0;
  /** Level of the outermost goal that the result so far was cut at. */
  cutDepth = Number.POSITIVE_INFINITY;
  /**
   * How often a goal that was being worked out was taken as impossible. What found "impossible" while this number rose
   * must not remember it.
   */
  cuts = 0;

  constructor(fuel: Fuel) {
    this.fuel = fuel;
  }

  /** A goal begins to be worked out, and the goals inside it; throws where it lies too deep inside others. */
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

  /** A goal at `depth` was taken as impossible because it is being worked out. */
  cutAt(depth: number): void {
    this.cuts++;
    this.cutDepth = Math.min(this.cutDepth, depth);
  }

  /** Something that depends on itself without a goal in between was asked for: impossible for the time being. */
  cutOff(): void {
    this.cuts++;
    this.cutDepth = -1;
  }
}
