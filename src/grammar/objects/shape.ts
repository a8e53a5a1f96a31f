import type { Binary } from "../bytes.js";
import type { Goal } from "../goal.js";
import type { Search } from "../search.js";
import type { StringMachine } from "../strings/machine.js";
import { keysBeside } from "../strings/shortTexts.js";
import { type Composite, ExcludedComposites, type ValueChoice } from "../values/excludedComposites.js";
import { sortedOrder } from "../values/literals.js";
import { FRAME_WORK, ObjectFrame } from "./frame.js";
import type { SomeRequirements } from "./someRequirements.js";

/** Approximate memory of a frame, in bytes. */
const FRAME_BYTES = 900;
/** Number of required keys, one per level of recursion, that is harmless. */
const LONG = 64;

/** A property the schema names. */
export interface PropertyEntry {
  /** Its spelling after the opening quote, including the closing quote. */
  readonly spelled: Binary;
  readonly required: boolean;
  /** Bits of the shape's `some` requirements that apply to the name. */
  readonly someBits: number;
  /** The goal of its value if it counts for the `some` requirements in `bits`. */
  goal(bits: number, choice?: ValueChoice): Goal;
}

/** Keys the schema does not name. */
export interface ExtraKeys {
  /** Permitted keys: canonical spellings, labelled by the patterns they match. */
  readonly machine: StringMachine;
  readonly labelCount: number;
  /** The keys with one of these labels. */
  limitedTo(labels: readonly number[]): StringMachine;
  someBits(label: number): number;
  /**
   * The same for a key whose label is not sufficient, as with formats that are not regular; -1 if it is not permitted. Undefined if
   * labels are sufficient.
   */
  readonly bitsOfKey?: ((label: number, name: string) => number) | undefined;
  goal(label: number, bits: number, choice?: ValueChoice): Goal;
}

/** The demands on an object in one alternative. */
export interface ObjectDescription {
  /** Named properties that are written in this order, before all others. */
  readonly ordered: readonly PropertyEntry[];
  /** Named properties in any order, among the extra keys. */
  readonly late: readonly PropertyEntry[];
  readonly extra: ExtraKeys | undefined;
  readonly minProperties: number;
  readonly maxProperties: number;
  readonly some: SomeRequirements;
  /** Excluded objects. */
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
  /** Whether the number of keys matters. */
  readonly counting: boolean;
  /** The count from which all counts are equivalent. */
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

  /** Maximum number of keys in one object that the schema does not name; capped at what is ever needed. */
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

  /** Whether some objects have to have many keys. */
  get isLong(): boolean {
    this.long ??=
      this.requiredEnd > LONG || this.description.late.filter(({ required }) => required).length > LONG;
    return this.long;
  }

  /** Whether nothing is counted, so that an object can be completed whatever its keys are. */
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
