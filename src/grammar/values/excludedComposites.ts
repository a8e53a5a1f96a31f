import type { JsonValue } from "../../types.js";
import { type Binary, binaryOf, canonical, spell } from "../bytes.js";

/** A value that may not stand, taken apart: an object by the spelling of its keys, an array by its indices. */
export type Composite = ReadonlyMap<Binary | number, { readonly value: JsonValue; readonly text: Binary }>;

/** What the member at hand is limited to: these values, or any but these. */
export interface ValueChoice {
  readonly values: readonly JsonValue[];
  readonly isAmong: boolean;
}

/** The choice with `values` ruled out as well. */
export function lessThan(choice: ValueChoice | undefined, values: readonly JsonValue[]): ValueChoice {
  if (choice?.isAmong !== true) return { values: [...(choice?.values ?? []), ...values], isAmong: false };
  const out = new Set(values.map(spellingOf));
  return { values: choice.values.filter((value) => !out.has(spellingOf(value))), isAmong: true };
}

/** One way to take a member: what its value is limited to, and which values still agree after it. */
export interface TwinWay {
  readonly choice: ValueChoice | undefined;
  readonly twins: Twins;
}

const spellings = new WeakMap<object, Binary>();
const composites = new WeakMap<object, Composite>();

/** The canonical spelling of a value; remembered for objects and arrays. */
export function spellingOf(value: JsonValue): Binary {
  if (typeof value !== "object" || value === null) return canonical(binaryOf(JSON.stringify(value)));
  let spelling = spellings.get(value);
  if (spelling === undefined) spellings.set(value, (spelling = canonical(binaryOf(JSON.stringify(value)))));
  return spelling;
}

/** Takes an object or an array apart; keys end with their closing quote, as they are read. Remembered. */
export function compositeOf(value: JsonValue): Composite {
  let composite = composites.get(value as object);
  if (composite === undefined) composites.set(value as object, (composite = takeApart(value)));
  return composite;
}

function takeApart(value: JsonValue): Composite {
  const members = new Map<Binary | number, { value: JsonValue; text: Binary }>();
  const add = (key: Binary | number, member: JsonValue) => {
    members.set(key, { value: member, text: spellingOf(member) });
  };
  if (Array.isArray(value)) for (let i = 0; i < value.length; i++) add(i, value[i]);
  else for (const [name, member] of Object.entries(value as object)) add(spell(name).slice(1), member);
  return members;
}

let nextId = 0;

/**
 * The values ruled out that agree with all that has been read of an object or an array. What is read next either
 * leaves them all, or keeps to some: these ways are followed side by side, and where only one of the values is left to
 * be written, the way that leads there is seen to be none before it is begun.
 */
export class Twins {
  readonly id = nextId++;
  readonly values: readonly Composite[];
  /** Members read so far: all of them are members of each of the values. */
  readonly read: number;
  /** What was read is one of the values: it may not end here. */
  readonly isWhole: boolean;
  private readonly found = new Map<Binary | number, readonly TwinWay[]>();

  constructor(values: readonly Composite[], read: number) {
    this.values = values;
    this.read = read;
    this.isWhole = values.some((value) => value.size === read);
  }

  static of(values: readonly Composite[]): Twins {
    return values.length === 0 ? NO_TWINS : new Twins(values, 0);
  }

  get isEmpty(): boolean {
    return this.values.length === 0;
  }

  /** The ways to go on with the member at `key`; undefined stands for a key that none of the values has. */
  ways(key: Binary | number | undefined): readonly TwinWay[] {
    if (this.isEmpty || key === undefined) return LEAVING;
    let ways = this.found.get(key);
    if (ways === undefined) this.found.set(key, (ways = this.findWays(key)));
    return ways;
  }

  private findWays(key: Binary | number): readonly TwinWay[] {
    const byText = new Map<Binary, { value: JsonValue; twins: Composite[] }>();
    for (const twin of this.values) {
      const member = twin.get(key);
      if (member === undefined) continue;
      const same = byText.get(member.text);
      if (same === undefined) byText.set(member.text, { value: member.value, twins: [twin] });
      else same.twins.push(twin);
    }
    if (byText.size === 0) return LEAVING;
    const groups = [...byText.values()];
    return [
      { choice: { values: groups.map(({ value }) => value), isAmong: false }, twins: NO_TWINS },
      ...groups.map(({ value, twins }) => ({
        choice: { values: [value], isAmong: true },
        twins: new Twins(twins, this.read + 1),
      })),
    ];
  }
}

export const NO_TWINS = new Twins([], 0);
const LEAVING: readonly TwinWay[] = [{ choice: undefined, twins: NO_TWINS }];
