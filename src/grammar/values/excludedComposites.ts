import { type Binary, membersOf } from "../bytes.js";

// Values are named by their canonical spelling (`canonical`): exact, and equal where the values are.

/** A value that may not stand, taken apart: an object by the spelling of its keys, an array by its indices. */
export type Composite = ReadonlyMap<Binary | number, Binary>;

/** What a member is limited to: these values, or any but these. */
export interface ValueChoice {
  readonly values: readonly Binary[];
  readonly isAmong: boolean;
}

/** The choice with `values` ruled out as well. */
export function lessThan(choice: ValueChoice | undefined, values: readonly Binary[]): ValueChoice {
  if (choice?.isAmong !== true) return { values: [...(choice?.values ?? []), ...values], isAmong: false };
  return { values: choice.values.filter((value) => !values.includes(value)), isAmong: true };
}

/** One way to take a member: what its value is limited to, and which values still agree after it. */
export interface ExclusionWay {
  readonly choice: ValueChoice | undefined;
  readonly exclusions: ExcludedComposites;
}

/** Takes an object or an array apart; keys end with their closing quote, as they are read. */
export function compositeOf(value: Binary): Composite {
  const members = new Map<Binary | number, Binary>();
  membersOf(value, (name, member) => members.set(name ?? members.size, member));
  return members;
}

let nextId = 0;

/**
 * The values ruled out that agree with all that has been read of an object or an array. What is read next either
 * leaves them all, or keeps to some: these ways are followed side by side, and where only one of the values is left to
 * be written, the way that leads there is seen to be none before it is begun.
 */
export class ExcludedComposites {
  readonly id = nextId++;
  readonly values: readonly Composite[];
  /** Members read so far: all of them are members of each of the values. */
  readonly read: number;
  /** What was read is one of the values: it may not end here. */
  readonly isWhole: boolean;
  private readonly found = new Map<Binary | number, readonly ExclusionWay[]>();

  constructor(values: readonly Composite[], read: number) {
    this.values = values;
    this.read = read;
    this.isWhole = values.some((value) => value.size === read);
  }

  static of(values: readonly Composite[]): ExcludedComposites {
    return values.length === 0 ? NOTHING_EXCLUDED : new ExcludedComposites(values, 0);
  }

  get isEmpty(): boolean {
    return this.values.length === 0;
  }

  /** The ways to go on with the member at `key`; undefined stands for a key that none of the values has. */
  ways(key: Binary | number | undefined): readonly ExclusionWay[] {
    if (this.isEmpty || key === undefined) return LEAVING;
    let ways = this.found.get(key);
    if (ways === undefined) this.found.set(key, (ways = this.findWays(key)));
    return ways;
  }

  private findWays(key: Binary | number): readonly ExclusionWay[] {
    const byValue = new Map<Binary, Composite[]>();
    for (const composite of this.values) {
      const member = composite.get(key);
      if (member === undefined) continue;
      const same = byValue.get(member);
      if (same === undefined) byValue.set(member, [composite]);
      else same.push(composite);
    }
    if (byValue.size === 0) return LEAVING;
    return [
      { choice: { values: [...byValue.keys()], isAmong: false }, exclusions: NOTHING_EXCLUDED },
      ...[...byValue].map(([value, agreeing]) => ({
        choice: { values: [value], isAmong: true },
        exclusions: new ExcludedComposites(agreeing, this.read + 1),
      })),
    ];
  }
}

export const NOTHING_EXCLUDED = new ExcludedComposites([], 0);
const LEAVING: readonly ExclusionWay[] = [{ choice: undefined, exclusions: NOTHING_EXCLUDED }];
