import type { Binary } from "../bytes.js";
import { ClosingWay } from "../closingWay.js";
import type { Place } from "../configuration.js";
import type { Goal } from "../goal.js";
import type { Rope } from "../rope.js";
import type { Search } from "../search.js";
import type { StringMachine } from "../strings/machine.js";
import { keysBeside, textWithLabel } from "../strings/shortTexts.js";
import {
  type Composite,
  ExcludedComposites,
  NOTHING_EXCLUDED,
  type ValueChoice,
} from "../values/excludedComposites.js";
import { LiteralList, sortedOrder } from "../values/literals.js";
import { closingOf, nextFrame, oneMoreKey } from "./closing.js";
import { ObjectPlace } from "./places.js";
import type { SomeRequirements } from "./someRequirements.js";

/** A property the schema names. */
export interface PropertyEntry {
  /** Its spelling after the opening quote, closing quote included. */
  readonly spelled: Binary;
  readonly required: boolean;
  /** Bits of the shape's `some` requirements that the name falls under. */
  readonly someBits: number;
  /** What its value must meet, when it is counted for the `some` requirements in `bits`. */
  goal(bits: number, choice?: ValueChoice): Goal;
}

/** Keys the schema does not name. */
export interface ExtraKeys {
  /** Keys that may stand: canonical spellings, labelled by the patterns they match. */
  readonly machine: StringMachine;
  readonly labelCount: number;
  /** The keys with one of these labels. */
  limitedTo(labels: readonly number[]): StringMachine;
  someBits(label: number): number;
  goal(label: number, bits: number, choice?: ValueChoice): Goal;
}

/** What an object must meet in one alternative. */
export interface ObjectDescription {
  /** Named properties that come in this order, before all others. */
  readonly ordered: readonly PropertyEntry[];
  /** Named properties that come in any order, among the extra keys. */
  readonly late: readonly PropertyEntry[];
  readonly extra: ExtraKeys | undefined;
  readonly minProperties: number;
  readonly maxProperties: number;
  readonly some: SomeRequirements;
  /** Objects that the value may not equal. */
  readonly excluded: readonly Composite[];
}

export class ObjectShape {
  readonly description: ObjectDescription;
  readonly search: Search;
  readonly start: ObjectFrame;
  private readonly frames = new Map<string, ObjectFrame>();
  private bySpelling: readonly number[] | undefined;
  private long: boolean | undefined;
  private supply: number | undefined;
  /** Index after the last required ordered property. */
  readonly requiredEnd: number;
  /** The number of keys matters. */
  readonly counting: boolean;
  /** Counts from here on are equivalent. */
  readonly countCap: number;

  constructor(description: ObjectDescription, search: Search) {
    this.description = description;
    this.search = search;
    let end = 0;
    for (let i = 0; i < description.ordered.length; i++) if (description.ordered[i].required) end = i + 1;
    this.requiredEnd = end;
    this.counting = description.minProperties > 0 || description.maxProperties !== Number.POSITIVE_INFINITY;
    const { minProperties, maxProperties } = description;
    this.countCap = maxProperties === Number.POSITIVE_INFINITY ? minProperties : maxProperties + 1;
    this.start = this.frame(0, 0n, [], 0, 0, ExcludedComposites.of(description.excluded));
  }

  /** Keys that the schema does not name and that may stand in one object: all, or as many as are ever asked for. */
  extraSupply(extra: ExtraKeys): number {
    if (this.supply === undefined) {
      const { machine } = extra;
      const most = this.description.minProperties;
      const isEnough = machine.content.isUniversal || machine.isEndless(machine.start);
      this.supply = isEnough ? Number.POSITIVE_INFINITY : 0;
      if (!isEnough) {
        let found = 0;
        const named = new Set(this.start.taken.texts);
        for (const _ of keysBeside(machine, named, most, this.search.fuel)) found++;
        this.supply = found === most ? Number.POSITIVE_INFINITY : found;
      }
    }
    return this.supply;
  }

  /** Some objects have to have many keys. */
  get isLong(): boolean {
    this.long ??=
      this.requiredEnd > LONG || this.description.late.filter(({ required }) => required).length > LONG;
    return this.long;
  }

  /** Nothing is counted: whatever keys an object has, it can be brought to its end. */
  get isFree(): boolean {
    return !this.counting && this.description.some.all === 0 && this.description.excluded.length === 0;
  }

  /** The named keys in the order of their spellings; they index `ordered`, then `late`. */
  get entriesBySpelling(): readonly number[] {
    if (this.bySpelling === undefined) {
      const { ordered, late } = this.description;
      this.bySpelling = sortedOrder([...ordered, ...late].map((entry) => entry.spelled));
    }
    return this.bySpelling;
  }

  frame(
    position: number,
    late: bigint,
    extras: readonly Binary[],
    count: number,
    satisfied: number,
    exclusions: ExcludedComposites,
  ): ObjectFrame {
    const { fuel } = this.search;
    fuel.spend(extras.length);
    const key = `${position},${late},${count},${satisfied},${exclusions.id},${extras.join("\n")}`;
    let frame = this.frames.get(key);
    if (frame === undefined) {
      fuel.spend(FRAME_WORK);
      frame = new ObjectFrame(this, position, late, extras, count, satisfied, exclusions);
      if (extras.length < 16) {
        fuel.hold(FRAME_BYTES + key.length);
        this.frames.set(key, frame);
      }
    }
    return frame;
  }
}

export type ObjectPhase = "open" | "after" | "next";

/** One way to take a key: what its value must meet, and how the object stands after it. */
export interface KeyWay {
  readonly goal: Goal;
  readonly frame: ObjectFrame;
}

/** How far an object has come: which keys it has. Interned in its shape. */
export class ObjectFrame {
  readonly shape: ObjectShape;
  /** Ordered properties before this index have been taken or passed over. */
  readonly position: number;
  /** Late properties taken, a bit each. */
  readonly late: bigint;
  /** Extra keys taken, by spelling with the closing quote, sorted. */
  readonly extras: readonly Binary[];
  readonly count: number;
  /** `some` requirements met, a bit each. */
  readonly satisfied: number;
  /** Values it may not equal that agree so far. */
  readonly exclusions: ExcludedComposites;
  private viable: boolean | undefined;
  private extraMachine: StringMachine | undefined | null = null;
  private keyList: LiteralList | undefined;
  private takenList: LiteralList | undefined;
  private readonly wayOut = new ClosingWay();
  /** Places of this frame, by what they stand for. */
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

  /** Spellings an extra key may not take: names of the schema and keys that stand already. */
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

  /** The keys that the schema does not name and that may come next, undefined for none. */
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
    // Where something has to come of the keys, those that allow it are separated from the others.
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
   * The ways to take a key that the schema names, one for each way to count it for the open `some` requirements and
   * to keep to values ruled out, or to leave them.
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
   * The same for a key that the schema does not name. Its spelling is unknown while only masks are worked out;
   * `like`: one that it may have. An unknown key is taken for one that none of the values ruled out has.
   */
  extraWays(label: number, text: Binary | undefined, like = text): readonly KeyWay[] {
    const extra = this.shape.description.extra!;
    const ways: KeyWay[] = [];
    for (const bits of this.shape.description.some.countings(extra.someBits(label) & ~this.satisfied)) {
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
    // Where nothing is counted every frame leads to the end: no need to make the next one.
    return this.shape.isFree ? this.entry(index).goal(0).isPossible : this.entryWays(index).length > 0;
  }

  /** The same frame with values that it may not become. */
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

  /** `text`: the spelling with its closing quote; unknown while only masks are worked out. */
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

  /** The object may be closed. */
  get mayEnd(): boolean {
    const { minProperties, maxProperties, late, some } = this.shape.description;
    if (this.position < this.shape.requiredEnd) return false;
    if (this.count < minProperties || this.count > maxProperties) return false;
    if (this.satisfied !== some.all || this.exclusions.isWhole) return false;
    for (let i = 0; i < late.length; i++)
      if (late[i].required && ((this.late >> BigInt(i)) & 1n) === 0n) return false;
    return true;
  }

  /** Some way leads from here to the end of the object. */
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

  /** At least `least` more extra keys can stand. */
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

  /** A short way to the end of the object, the closing brace included: after `{`, after a value, or after a comma. */
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
   * Looks for ways out of the frames to come, the last first: each then finds that of the next, where a way from here
   * would take a level of recursion for each key.
   */
  private closeFromTheEnd(): void {
    const frames: ObjectFrame[] = [];
    for (let frame = nextFrame(this); frame !== undefined && !frame.wayOut.isKnown; frame = nextFrame(frame))
      frames.push(frame);
    for (let i = frames.length - 2; i >= 0; i--) if (i % STRIDE === 0) frames[i].closing("after");
  }
}

/** What a frame costs to make, in elementary steps and in bytes, about. */
const FRAME_WORK = 50;
const FRAME_BYTES = 900;
/** Required keys, one a level of recursion, that need no care. */
const LONG = 64;
/** Frames from one way out that is looked for ahead to the next: a depth of recursion that is of no matter. */
const STRIDE = 16;
