import type { Ratio, Sample } from "./results.js";
import { comparePairs } from "./statistics/bootstrap.js";
import { median } from "./statistics/distribution.js";
import { groupBy } from "./summary.js";

/** A goal: at most or at least this ratio, or at most so much more than the other side. */
export type Reach = { atMost: number } | { atLeast: number } | { atMostMore: number };

/** One side's samples, and the figure to read. */
export interface Side {
  samples: readonly Sample[];
  value: (sample: Sample) => number | null;
}

/**
 * The ratio of ours to the other side's, paired by case: the geometric mean over cases of the ratios of medians. Undefined if the sides have
 * no case in common.
 */
export function ratioByCase(name: string, ours: Side, other: Side, reach?: Reach): Ratio | undefined {
  const mine = valuesByCase(ours);
  const theirs = valuesByCase(other);
  const shared = [...mine.keys()].filter((key) => theirs.has(key));
  const estimate = comparePairs(
    shared.map((key) => ({ before: theirs.get(key)!, after: mine.get(key)! })),
    "ratio",
  );
  if (estimate === undefined) return undefined;
  const centre = (values: Map<string, number[]>): number =>
    Math.exp(shared.reduce((sum, key) => sum + Math.log(median(values.get(key)!)), 0) / shared.length);
  return {
    ...ratio(name, centre(mine), centre(theirs), reach),
    interval: estimate.interval,
  };
}

/** A ratio of two plain figures. */
export function ratio(name: string, ours: number, other: number, reach?: Reach): Ratio {
  return {
    name,
    ours,
    other,
    ratio: ours / other,
    interval: null,
    ...(reach === undefined ? { reach: null, reached: null } : outcome(ours, other, reach)),
  };
}

function outcome(ours: number, other: number, reach: Reach): Pick<Ratio, "reach" | "reached"> {
  if ("atMostMore" in reach)
    return { reach: `<= ${reach.atMostMore} more`, reached: ours - other <= reach.atMostMore };
  const value = ours / other;
  if ("atMost" in reach) return { reach: `<= ${reach.atMost}`, reached: value <= reach.atMost };
  return { reach: `>= ${reach.atLeast}`, reached: value >= reach.atLeast };
}

/** Samples of one target, optionally of one concurrency. */
export function samplesOf(samples: readonly Sample[], target: string, concurrency?: number): Sample[] {
  return samples.filter(
    (one) => one.target === target && (concurrency === undefined || one.concurrency === concurrency),
  );
}

function valuesByCase({ samples, value }: Side): Map<string, number[]> {
  const cases = new Map<string, number[]>();
  for (const group of groupBy(
    samples.filter((sample) => sample.error === null),
    (one) => one.case,
  )) {
    const values = group.map(value).filter((one): one is number => one !== null && one > 0);
    if (values.length > 0) cases.set(group[0].case, values);
  }
  return cases;
}
