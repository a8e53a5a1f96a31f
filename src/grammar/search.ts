import type { Goal } from "./goal.js";

/**
 * The search for finite documents over the goals of one schema: which goals are being worked out, outermost first, and
 * where a result was cut short because it asked for one of them. Shared by the goals, shapes and frames of one grammar.
 */
export class Search {
  /** Goals being worked out, outermost first. */
  readonly busy: Goal[] = [];
  /** One number for each time a goal was begun, by its level: tells whether it is still the same visit. */
  readonly visits: number[] = [];
  visitCount = 0;
  /** Level of the outermost goal that the result so far was cut at. */
  cutDepth = Number.POSITIVE_INFINITY;
  /**
   * How often a goal that was being worked out was taken as impossible. What found "impossible" while this number rose
   * must not remember it.
   */
  cuts = 0;

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
