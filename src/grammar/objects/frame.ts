import { type Binary, textOf } from "../bytes.js";
import { ClosingWay } from "../closingWay.js";
import type { Place } from "../configuration.js";
import type { Goal } from "../goal.js";
import type { Rope } from "../rope.js";
import type { StringMachine } from "../strings/machine.js";
import { textWithLabel } from "../strings/shortTexts.js";
import { type ExcludedComposites, NOTHING_EXCLUDED } from "../values/excludedComposites.js";
import { LiteralList } from "../values/literals.js";
import { closingOf, nextFrame, oneMoreKey } from "./closing.js";
import { ObjectPlace } from "./places.js";
import type { ExtraKeys, ObjectShape, PropertyEntry } from "./shape.js";

/** Approximate cost of creating a frame, in elementary steps. */
export const FRAME_WORK = 50;
/** Number of frames between endings that are found in advance: a harmless depth of recursion. */
const STRIDE = 16;

export type ObjectPhase = "open" | "after" | "next";

/** One option for a key: the goal of its value, and the state of the object after it. */
export interface KeyWay {
  readonly goal: Goal;
  readonly frame: ObjectFrame;
}

/** The progress of an object: which keys it has. Interned in its shape. */
export class ObjectFrame {
  readonly shape: ObjectShape;
  /** Ordered properties before this index have been written or skipped. */
  readonly position: number;
  /** Late properties written, as bits. */
  readonly late: bigint;
  /** Extra keys written, by spelling with the closing quote, sorted. */
  readonly extras: readonly Binary[];
  readonly count: number;
  /** `some` requirements satisfied, as bits. */
  readonly satisfied: number;
  /** Excluded values that match so far. */
  readonly exclusions: ExcludedComposites;
  private viable: boolean | undefined;
  private extraMachine: StringMachine | undefined | null = null;
  private keyList: LiteralList | undefined;
  private takenList: LiteralList | undefined;
  private readonly wayOut = new ClosingWay();
  /** Places of this frame, by key. */
  readonly places = new Map<unknown, unknown>();

  constructor(
    shape: ObjectShape,
    position: number,
    late: bigint,
    extras: readonly Binary[],
    count: number,
    satisfied: number,
    exclusions: ExcludedComposites,
  ) {
    this.shape = shape;
    this.position = position;
    this.late = late;
    this.extras = extras;
    this.count = count;
    this.satisfied = satisfied;
    this.exclusions = exclusions;
  }

  /** The place at this point of an object. */
  at(phase: ObjectPhase): Place {
    let place = this.places.get(phase) as Place | undefined;
    if (place === undefined) this.places.set(phase, (place = new ObjectPlace(this, phase)));
    return place;
  }

  /** The keys named by the schema that may come next, by spelling; values index `ordered`, then `late`. */
  get keys(): LiteralList {
    if (this.keyList === undefined) {
      const offered = new Set(this.candidates());
      const entries = this.shape.entriesBySpelling.filter((entry) => offered.has(entry));
      this.keyList = new LiteralList(
        entries.map((entry) => this.entry(entry).spelled),
        entries,
      );
    }
    return this.keyList;
  }

  /** Spellings that an extra key must not have: names in the schema and existing keys. */
  get taken(): LiteralList {
    if (this.takenList === undefined) {
      if (this.extras.length > 0)
        this.takenList = LiteralList.of([...this.shape.start.taken.texts, ...this.extras]);
      else if (this !== this.shape.start) this.takenList = this.shape.start.taken;
      else {
        const { ordered, late } = this.shape.description;
        this.takenList = LiteralList.of([...ordered, ...late].map((entry) => entry.spelled));
      }
    }
    return this.takenList;
  }

  entry(index: number): PropertyEntry {
    const { ordered, late } = this.shape.description;
    return index < ordered.length ? ordered[index] : late[index - ordered.length];
  }

  /** The keys that the schema does not name and that may come next; undefined for none. */
  get extraKeys(): StringMachine | undefined {
    if (this.extraMachine !== null) return this.extraMachine;
    const { cuts } = this.shape.search;
    const found = this.findExtraKeys();
    if (cuts === this.shape.search.cuts) this.extraMachine = found;
    return found;
  }

  private findExtraKeys(): StringMachine | undefined {
    const { extra, some } = this.shape.description;
    if (extra === undefined || extra.machine.isEmpty || this.position < this.shape.requiredEnd)
      return undefined;
    const isFree = extra.machine.content.isUniversal;
    const taken = isFree ? undefined : new Set(this.taken.texts);
    // If the keys have to satisfy a requirement, those that can are separated from the others.
    const areAlike = this.satisfied === some.all && this.exclusions.isEmpty;
    const labels: number[] = [];
    for (let label = 0; label < extra.labelCount; label++) {
      const key =
        taken === undefined ? undefined : textWithLabel(extra.machine, label, taken, this.shape.search.fuel);
      if (taken !== undefined && key === undefined) continue;
      if (this.extraWays(label, undefined, key).length === 0) continue;
      if (areAlike) return extra.machine;
      labels.push(label);
    }
    if (labels.length === 0) return undefined;
    return labels.length === extra.labelCount ? extra.machine : extra.limitedTo(labels);
  }

  /**
   * The options for a key that the schema names: one per way to count it for the open `some` requirements, and to keep matching
   * excluded values or to differ from them.
   */
  entryWays(index: number): readonly KeyWay[] {
    const property = this.entry(index);
    const ways: KeyWay[] = [];
    for (const bits of this.shape.description.some.countings(property.someBits & ~this.satisfied)) {
      const leaving = this.takeEntry(index, bits);
      for (const { choice, exclusions } of this.exclusions.ways(property.spelled)) {
        const frame = leaving.beside(exclusions);
        if (!frame.isViable) continue;
        const goal = property.goal(bits, choice);
        if (goal.isPossible) ways.push({ goal, frame });
      }
    }
    return ways;
  }

  /**
   * The same for a key that the schema does not name. Its spelling is unknown while masks are computed; `like` is a possible one. An
   * unknown key is assumed to occur in none of the excluded values.
   */
  extraWays(label: number, text: Binary | undefined, like = text): readonly KeyWay[] {
    const extra = this.shape.description.extra!;
    const ways: KeyWay[] = [];
    const someBits =
      text === undefined || extra.bitsOfKey === undefined
        ? extra.someBits(label)
        : extra.bitsOfKey(label, JSON.parse(`"${textOf(text)}`) as string);
    if (someBits < 0) return ways;
    for (const bits of this.shape.description.some.countings(someBits & ~this.satisfied)) {
      const leaving = this.takeExtra(text, bits);
      for (const { choice, exclusions } of this.exclusions.ways(like)) {
        const frame = leaving.beside(exclusions);
        if (!frame.isViable) continue;
        const goal = extra.goal(label, bits, choice);
        if (goal.isPossible) ways.push({ goal, frame });
      }
    }
    return ways;
  }

  private mayTake(index: number): boolean {
    // If nothing is counted, every frame can be completed, so the next one need not be created.
    return this.shape.isFree ? this.entry(index).goal(0).isPossible : this.entryWays(index).length > 0;
  }

  /** The same frame with excluded values. */
  beside(exclusions: ExcludedComposites): ObjectFrame {
    if (exclusions === this.exclusions) return this;
    return this.shape.frame(this.position, this.late, this.extras, this.count, this.satisfied, exclusions);
  }

  takeEntry(index: number, bits: number): ObjectFrame {
    const { ordered } = this.shape.description;
    const isOrdered = index < ordered.length;
    return this.shape.frame(
      isOrdered ? index + 1 : ordered.length,
      isOrdered ? this.late : this.late | (1n << BigInt(index - ordered.length)),
      this.extras,
      this.nextCount(),
      this.satisfied | bits,
      NOTHING_EXCLUDED,
    );
  }

  /** `text`: the spelling with its closing quote; unknown while masks are computed. */
  takeExtra(text: Binary | undefined, bits: number): ObjectFrame {
    const extras = text === undefined ? this.extras : [...this.extras, text].sort();
    return this.shape.frame(
      this.shape.description.ordered.length,
      this.late,
      extras,
      this.nextCount(),
      this.satisfied | bits,
      NOTHING_EXCLUDED,
    );
  }

  private nextCount(): number {
    return Math.min(this.count + 1, this.shape.countCap);
  }

  /** Whether the object may be closed. */
  get mayEnd(): boolean {
    const { minProperties, maxProperties, late, some } = this.shape.description;
    if (this.position < this.shape.requiredEnd) return false;
    if (this.count < minProperties || this.count > maxProperties) return false;
    if (this.satisfied !== some.all || this.exclusions.isWhole) return false;
    for (let i = 0; i < late.length; i++)
      if (late[i].required && ((this.late >> BigInt(i)) & 1n) === 0n) return false;
    return true;
  }

  /** Whether the object can be completed from here. */
  get isViable(): boolean {
    if (this.viable !== undefined) return this.viable;
    const { cuts } = this.shape.search;
    const viable = this.findViable();
    if (viable || cuts === this.shape.search.cuts) this.viable = viable;
    return viable;
  }

  private findViable(): boolean {
    const { ordered, late, extra, minProperties, maxProperties, some } = this.shape.description;
    if (this.shape.counting) {
      if (this.count > maxProperties) return false;
      let needed = 0;
      let available = 0;
      for (let i = this.position; i < ordered.length; i++) {
        if (ordered[i].required) needed++;
        if (this.count + available < minProperties && ordered[i].goal(0).isPossible) available++;
      }
      for (let i = 0; i < late.length; i++) {
        if (((this.late >> BigInt(i)) & 1n) === 1n) continue;
        if (late[i].required) needed++;
        if (this.count + available < minProperties && late[i].goal(0).isPossible) available++;
      }
      if (this.count + needed > maxProperties) return false;
      if (
        this.count + available < minProperties &&
        this.extraSupply(minProperties - this.count - available, extra) === false
      )
        return false;
    }
    if (this.satisfied === some.all && this.exclusions.isEmpty) return true;
    return this.closing("after") !== undefined;
  }

  /** Whether at least `least` more extra keys are possible. */
  private extraSupply(least: number, extra: ExtraKeys | undefined): boolean {
    if (extra === undefined || extra.machine.isEmpty) return false;
    return this.shape.extraSupply(extra) - this.extras.length >= least;
  }

  /** The named keys that may come next; they index `ordered`, then `late`. */
  candidates(): number[] {
    const { ordered, late } = this.shape.description;
    const found: number[] = [];
    for (let i = this.position; i < ordered.length; i++) {
      if (this.mayTake(i)) found.push(i);
      if (ordered[i].required) return found;
    }
    for (let i = 0; i < late.length; i++) {
      if (((this.late >> BigInt(i)) & 1n) === 0n && this.mayTake(ordered.length + i))
        found.push(ordered.length + i);
    }
    return found;
  }

  /** Whether some way leads from here to the end of the object. */
  get canClose(): boolean {
    if (this.mayEnd) return true;
    if (!this.shape.isFree) return this.closing("after") !== undefined;
    const { ordered, late } = this.shape.description;
    for (let i = this.position; i < this.shape.requiredEnd; i++)
      if (ordered[i].required && !ordered[i].goal(0).isPossible) return false;
    for (let i = 0; i < late.length; i++) {
      if (late[i].required && ((this.late >> BigInt(i)) & 1n) === 0n && !late[i].goal(0).isPossible)
        return false;
    }
    return true;
  }

  /** A short ending of the object, including the closing brace: after `{`, after a value, or after a comma. */
  closing(phase: ObjectPhase): Rope | undefined {
    if (phase === "next") return oneMoreKey(this);
    const { search } = this.shape;
    if (this.shape.isLong && !this.wayOut.isKnown) this.closeFromTheEnd();
    const way = this.wayOut.find(search, () => {
      search.fuel.spend(FRAME_WORK);
      return closingOf(this);
    });
    return phase === "open" && way !== undefined && way.length > 1 ? way.rest : way;
  }

  /**
   * Finds the endings of later frames in advance, the last one first, so that each can use that of the next frame. Otherwise the
   * search from here would need a level of recursion per key.
   */
  private closeFromTheEnd(): void {
    const frames: ObjectFrame[] = [];
    for (let frame = nextFrame(this); frame !== undefined && !frame.wayOut.isKnown; frame = nextFrame(frame))
      frames.push(frame);
    for (let i = frames.length - 2; i >= 0; i--) if (i % STRIDE === 0) frames[i].closing("after");
  }
}
