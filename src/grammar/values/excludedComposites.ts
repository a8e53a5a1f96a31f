import { type Binary, membersOf } from "../bytes.js";

// Values are identified by their canonical spelling (`canonical`), which is equal exactly for equal values.

/** An excluded value, split into its parts: an object by the spelling of its keys, an array by its indices. */
export type Composite = ReadonlyMap<Binary | number, Binary>;

/** The restriction of a member: only these values, or any except these. */
export interface ValueChoice {
  readonly values: readonly Binary[];
  readonly isAmong: boolean;
}

/** The choice with `values` excluded as well. */
export function lessThan(choice: ValueChoice | undefined, values: readonly Binary[]): ValueChoice {
  if (choice?.isAmong !== true) return { values: [...(choice?.values ?? []), ...values], isAmong: false };
  return { values: choice.values.filter((value) => !values.includes(value)), isAmong: true };
}

/** One option for a member: the restriction of its value, and the excluded values that still match after it. */
export interface ExclusionWay {
  readonly choice: ValueChoice | undefined;
  readonly exclusions: ExcludedComposites;
}

/** Splits an object or an array; keys end with their closing quote. */
export function compositeOf(value: Binary): Composite {
  const members = new Map<Binary | number, Binary>();
  membersOf(value, (name, member) => members.set(name ?? members.size, member));
  return members;
}

let nextId = 0;

/**
 * The excluded values that match everything read of an object or an array. The next member either differs from all of them or
 * matches some: these options are followed in parallel. If an option could only lead to an excluded value, it is dropped
 * before it starts.
 */
export class ExcludedComposites {
  readonly id = nextId++;
  readonly values: readonly Composite[];
  /** Number of members read so far, all of which occur in each of the values. */
  readonly read: number;
  /** Whether what was read is one of the values, so that it may not end here. */
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

  /** The options for the member at `key`; undefined represents a key that none of the values has. */
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
