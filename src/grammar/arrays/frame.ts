import { type Binary, canonical } from "../bytes.js";
import { ClosingWay } from "../closingWay.js";
import type { Place } from "../configuration.js";
import type { Goal } from "../goal.js";
import { Rope } from "../rope.js";
import {
  type ExcludedComposites,
  type ExclusionWay,
  lessThan,
  type ValueChoice,
} from "../values/excludedComposites.js";
import { ArrayPlace } from "./places.js";
import type { ArrayShape } from "./shape.js";

/** Approximate cost of creating a frame, in elementary steps. */
export const FRAME_WORK = 50;
const BRACKET = Rope.of("]");
/** Number of frames between endings that are found in advance: a harmless depth of recursion. */
const STRIDE = 16;

/** The items of an array, in order, by their spellings. Interned. */
export interface SeenItems {
  readonly id: number;
  readonly texts: readonly Binary[];
  readonly longer: Map<Binary, SeenItems>;
}

export type ArrayPhase = "open" | "after" | "next";

/** One option for the next item: its goal, and the counts after it. */
export interface ItemWay {
  readonly goal: Goal;
  /** The same for an item with none of these values. */
  without(values: readonly Binary[]): Goal;
  readonly counts: readonly number[];
  readonly exclusions: ExcludedComposites;
  /** The place after this item; created on demand. */
  place?: unknown;
}

/** The progress of an array. Interned in its shape. */
export class ArrayFrame {
  readonly shape: ArrayShape;
  readonly index: number;
  /** Matches of each `contains`, capped when more make no difference. */
  readonly counts: readonly number[];
  /** Spellings of the items so far, only if they must differ. */
  readonly seenItems: SeenItems;
  /** Excluded values that match so far. */
  readonly exclusions: ExcludedComposites;
  /** Whether `seen` lacks items whose text was unknown. */
  readonly isPartial: boolean;
  private hasMany: boolean | undefined;
  private foundWays: readonly ItemWay[] | undefined;
  private readonly wayOut = new ClosingWay();
  /** Places of this frame, by key. */
  readonly places = new Map<unknown, unknown>();

  constructor(
    shape: ArrayShape,
    index: number,
    counts: readonly number[],
    seenItems: SeenItems,
    exclusions: ExcludedComposites,
    isPartial: boolean,
  ) {
    this.shape = shape;
    this.index = index;
    this.counts = counts;
    this.seenItems = seenItems;
    this.exclusions = exclusions;
    this.isPartial = isPartial;
  }

  get seen(): readonly Binary[] {
    return this.seenItems.texts;
  }

  /** The place at this point of an array. */
  at(phase: ArrayPhase): Place {
    let place = this.places.get(phase) as Place | undefined;
    if (place === undefined) this.places.set(phase, (place = new ArrayPlace(this, phase)));
    return place;
  }

  get mayEnd(): boolean {
    const { minItems, contains } = this.shape.description;
    return (
      this.index >= minItems && !this.exclusions.isWhole && contains.every((c, i) => this.counts[i] >= c.min)
    );
  }

  /** The options for one more item from which the array can be completed. */
  get ways(): readonly ItemWay[] {
    if (this.foundWays !== undefined) return this.foundWays;
    const { cuts } = this.shape.search;
    const ways = this.allWays()
      .map((way) => this.withRoom(way))
      .filter((way) => way.goal.isPossible && this.afterFirst(way).isViable);
    if (cuts === this.shape.search.cuts) this.foundWays = ways;
    return ways;
  }

  get isViable(): boolean {
    const { minItems, contains } = this.shape.description;
    if (this.mayEnd) return true;
    if (
      contains.length === 0 &&
      this.exclusions.isEmpty &&
      !this.shape.description.remembers &&
      this.index >= this.shape.description.prefixLength
    ) {
      return minItems <= this.shape.description.maxItems && this.allWays().some((way) => way.goal.isPossible);
    }
    return this.closing("after") !== undefined;
  }

  /** The frame after an item with the text `text`, which is unknown while masks are computed. */
  after(way: ItemWay, text: Binary | undefined): ArrayFrame {
    const { remembers } = this.shape.description;
    const { seenItems, shape } = this;
    const seen = text === undefined || !remembers ? seenItems : shape.seenWith(seenItems, canonical(text));
    const isPartial = this.isPartial || (remembers && text === undefined);
    return this.shape.frame(this.index + 1, way.counts, seen, way.exclusions, isPartial);
  }

  /** Whether enough values remain for the required items after any next item, and one more. */
  get hasManyAfter(): boolean {
    this.hasMany ??= this.findManyAfter();
    return this.hasMany;
  }

  /** Whether infinitely many values start with any possible start of the next item. */
  get hasFreeItems(): boolean {
    const { contains, goal, prefixLength } = this.shape.description;
    if (contains.length > 0 || this.index < prefixLength) return false;
    return goal(prefixLength, 0, 0, this.seen).isFree;
  }

  private findManyAfter(): boolean {
    const { contains, goal, minItems, prefixLength } = this.shape.description;
    if (contains.length > 0 || this.index + 1 < prefixLength) return false;
    const least = Math.max(minItems - this.index, 1) + 1;
    return goal(prefixLength, 0, 0, this.seen).hasAtLeast(least);
  }

  /** The option without the values that later items need. */
  private withRoom(way: ItemWay): ItemWay {
    const missed = this.shape.reservedAfter(this.index).filter((value) => !this.after(way, value).isViable);
    return missed.length === 0 ? way : { ...way, goal: way.without(missed) };
  }

  private afterFirst(way: ItemWay): ArrayFrame {
    return this.afterShortest(way) ?? this.after(way, undefined);
  }

  /** The frame after the shortest item; undefined if there is none. */
  afterShortest(way: ItemWay): ArrayFrame | undefined {
    if (way.goal.shortest === undefined) return undefined;
    return this.after(way, this.shape.description.remembers ? way.goal.shortestText : undefined);
  }

  private allWays(): ItemWay[] {
    const { contains, maxItems, prefixLength } = this.shape.description;
    if (this.index >= maxItems) return [];
    const index = Math.min(this.index, prefixLength);
    const exclusionWays = this.exclusions.ways(this.exclusions.read);
    if (contains.length === 0) return exclusionWays.map((way) => this.way(index, 0, 0, this.counts, way));
    let ways: { matched: number; unmatched: number; counts: number[] }[] = [
      { matched: 0, unmatched: 0, counts: [] },
    ];
    for (let i = 0; i < contains.length; i++) {
      const { min, max, evaluates } = contains[i];
      const count = this.counts[i];
      const next: typeof ways = [];
      for (const way of ways) {
        const capped = max === Number.POSITIVE_INFINITY ? Math.min(count + 1, min) : count + 1;
        const isOpen = count < min || max !== Number.POSITIVE_INFINITY || evaluates;
        if (isOpen && count + 1 <= max)
          next.push({
            matched: way.matched | (1 << i),
            unmatched: way.unmatched,
            counts: [...way.counts, capped],
          });
        const mustNot = max !== Number.POSITIVE_INFINITY;
        next.push({
          matched: way.matched,
          unmatched: way.unmatched | (mustNot ? 1 << i : 0),
          counts: [...way.counts, count],
        });
      }
      ways = next;
    }
    return ways.flatMap(({ matched, unmatched, counts }) =>
      exclusionWays.map((way) => this.way(index, matched, unmatched, counts, way)),
    );
  }

  private way(
    index: number,
    matched: number,
    unmatched: number,
    counts: readonly number[],
    { choice, exclusions }: ExclusionWay,
  ): ItemWay {
    const goal = (limit: ValueChoice | undefined) =>
      this.shape.description.goal(index, matched, unmatched, this.seen, limit);
    return { goal: goal(choice), without: (values) => goal(lessThan(choice, values)), counts, exclusions };
  }

  /** Whether the array can be completed from here. */
  get canClose(): boolean {
    if (this.mayEnd) return true;
    const { contains, remembers, prefixLength, minItems, maxItems, goal } = this.shape.description;
    if (contains.length > 0 || remembers || !this.exclusions.isEmpty)
      return this.closing("after") !== undefined;
    if (minItems > maxItems) return false;
    for (let i = this.index; i < minItems && i <= prefixLength; i++)
      if (!goal(i, 0, 0, this.seen).isPossible) return false;
    return true;
  }

  /** A short ending of the array, including the closing bracket: after `[` or after an item. */
  closing(phase: "open" | "after"): Rope | undefined {
    if (this.shape.isLong && !this.wayOut.isKnown) this.closeFromTheEnd();
    const way = this.wayOut.find(this.shape.search, () => (this.mayEnd ? BRACKET : this.findClosing()));
    return phase === "open" && way !== undefined && way.length > 1 ? way.rest : way;
  }

  /**
   * Finds the endings of later frames in advance, the last one first, so that each can use that of the next frame. Otherwise the
   * search from here would need a level of recursion per item.
   */
  private closeFromTheEnd(): void {
    const frames: ArrayFrame[] = [];
    for (let frame = this.next(); frame !== undefined; frame = frame.next()) frames.push(frame);
    for (let i = frames.length - 2; i >= 0; i -= 1) if (i % STRIDE === 0) frames[i].closing("after");
  }

  /** The first frame on the way to the end, if possible. */
  private next(): ArrayFrame | undefined {
    if (this.wayOut.isKnown || this.mayEnd || this.areAllAlike || this.missingAlike > 1) return undefined;
    this.shape.search.fuel.spend(FRAME_WORK);
    for (const way of this.allWays()) {
      if (!this.isNearer(way)) continue;
      const after = this.afterShortest(this.withRoom(way));
      if (after !== undefined && after !== this) return after;
    }
    return undefined;
  }

  /** Whether all items from here are alike, so that only their number matters. */
  private get areAllAlike(): boolean {
    const { contains, remembers, prefixLength } = this.shape.description;
    return contains.length === 0 && !remembers && this.exclusions.isEmpty && this.index >= prefixLength;
  }

  /** Number of identical items that have to match the only `contains`; 0 in more complicated cases. */
  private get missingAlike(): number {
    const { contains, maxItems, prefixLength, remembers } = this.shape.description;
    if (contains.length !== 1 || remembers || !this.exclusions.isEmpty || this.index < prefixLength) return 0;
    const missing = contains[0].min - this.counts[0];
    return this.index + missing <= maxItems ? missing : 0;
  }

  /** Whether the item makes progress towards the end of the array. */
  private isNearer(way: ItemWay): boolean {
    return (
      this.index < this.shape.cap ||
      !this.exclusions.isEmpty ||
      way.counts.some((count, i) => count !== this.counts[i]) ||
      (this.shape.description.remembers && this.seen.length === 0)
    );
  }

  private findClosing(): Rope | undefined {
    this.shape.search.fuel.spend(FRAME_WORK);
    if (this.areAllAlike) {
      // Without visiting the items one by one.
      const item = this.allWays()[0]?.goal.shortest;
      const missing = this.shape.description.minItems - this.index;
      return item === undefined ? undefined : Rope.join(Rope.repeat(Rope.join(",", item), missing), BRACKET);
    }
    const missing = this.missingAlike;
    if (missing > 1) {
      const [way] = this.allWays();
      const item = way.goal.shortest;
      const { min } = this.shape.description.contains[0];
      const after = this.shape.frame(this.index + missing, [min], this.seenItems, this.exclusions);
      const rest = item === undefined ? undefined : after.closing("after");
      if (rest !== undefined) return Rope.join(Rope.repeat(Rope.join(",", item!), missing), rest);
    }
    // The first option that makes progress is used: matches that are still needed come first.
    for (const way of this.allWays()) {
      if (!this.isNearer(way)) continue;
      const own = this.withRoom(way);
      const rest = this.afterShortest(own)?.closing("after");
      if (rest !== undefined) return Rope.join(",", own.goal.shortest!, rest);
    }
    return undefined;
  }
}
