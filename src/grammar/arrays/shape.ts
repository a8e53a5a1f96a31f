import type { Binary } from "../bytes.js";
import type { Goal } from "../goal.js";
import type { Search } from "../search.js";
import { type Composite, ExcludedComposites, type ValueChoice } from "../values/excludedComposites.js";
import { ArrayFrame, FRAME_WORK, type SeenItems } from "./frame.js";
import { reservedValues } from "./reservedValues.js";

/** Approximate memory of a frame, and of each recorded item, in bytes. */
const FRAME_BYTES = 700;
const SEEN_BYTES = 8;
/** Number of items, one per level of recursion, that is harmless. */
const LONG = 64;

/** "Between `min` and `max` items match", from `contains` or from a negation. */
export interface Contains {
  readonly min: number;
  readonly max: number;
  /** Whether matching items count as evaluated, so that every item must be decided even if no count is open. */
  readonly evaluates: boolean;
}

/** The demands on an array in one alternative. */
export interface ArrayDescription {
  /** The index from which all items are alike. */
  readonly prefixLength: number;
  readonly minItems: number;
  readonly maxItems: number;
  readonly unique: boolean;
  /** Whether an item depends on earlier items. */
  readonly remembers: boolean;
  readonly contains: readonly Contains[];
  /**
   * The goal of item `index` if it matches the `contains` in `matched`, does not match those in `unmatched` (bits; in neither:
   * undecided), and differs from `seen` (spellings of earlier items, if they must differ).
   */
  goal(
    index: number,
    matched: number,
    unmatched: number,
    seen: readonly Binary[],
    choice?: ValueChoice,
  ): Goal;
  /** Whether the goals exclude all of `seen`; otherwise a complete item has to be compared. */
  rulesOut(seen: readonly Binary[]): boolean;
  /** Excluded arrays. */
  readonly excluded: readonly Composite[];
}

export class ArrayShape {
  readonly description: ArrayDescription;
  readonly search: Search;
  readonly start: ArrayFrame;
  /** The index from which all indices are equivalent. */
  readonly cap: number;
  private readonly frames = new Map<string, ArrayFrame>();
  private readonly nothingSeen: SeenItems = { id: 0, texts: [], longer: new Map() };
  private seenCount = 0;
  private readonly reserved: (readonly Binary[])[] = [];

  constructor(description: ArrayDescription, search: Search) {
    this.description = description;
    this.search = search;
    const { prefixLength, minItems, maxItems } = description;
    this.cap = Math.max(prefixLength, minItems, maxItems === Number.POSITIVE_INFINITY ? 0 : maxItems);
    this.start = this.frame(
      0,
      description.contains.map(() => 0),
      this.nothingSeen,
      ExcludedComposites.of(description.excluded),
    );
  }

  /** Whether some arrays have to be long. */
  get isLong(): boolean {
    const { prefixLength, minItems, contains } = this.description;
    return Math.max(prefixLength, minItems) > LONG || contains.some(({ min }) => min > LONG);
  }

  /** Values that are needed after item `index` because there are few alternatives. */
  reservedAfter(index: number): readonly Binary[] {
    const at = Math.min(index, this.description.prefixLength);
    let values = this.reserved[at];
    if (values === undefined) {
      const { cuts } = this.search;
      values = reservedValues(this.description, at);
      if (cuts === this.search.cuts) this.reserved[at] = values;
    }
    return values;
  }

  frame(
    index: number,
    counts: readonly number[],
    seen: SeenItems,
    exclusions: ExcludedComposites,
    isPartial = false,
  ): ArrayFrame {
    index = Math.min(index, this.cap);
    const key = `${index},${counts.join(",")},${exclusions.id},${isPartial},${seen.id}`;
    let frame = this.frames.get(key);
    if (frame === undefined) {
      this.search.fuel.spend(FRAME_WORK);
      this.search.fuel.hold(FRAME_BYTES);
      frame = new ArrayFrame(this, index, counts, seen, exclusions, isPartial);
      this.frames.set(key, frame);
    }
    return frame;
  }

  /** The items seen, and one more. */
  seenWith(seen: SeenItems, text: Binary): SeenItems {
    let longer = seen.longer.get(text);
    if (longer === undefined) {
      const { fuel } = this.search;
      fuel.spend(FRAME_WORK + seen.texts.length);
      fuel.hold(SEEN_BYTES * (seen.texts.length + 1) + text.length);
      longer = { id: ++this.seenCount, texts: [...seen.texts, text], longer: new Map() };
      seen.longer.set(text, longer);
    }
    return longer;
  }
}
