import { type Distribution, type Interval, mean, quantile } from "./distribution.js";
import { seededRandom } from "./random.js";

const DRAWS = 2000;
const SEED = 0x5eed;

/**
 * 95 % interval of `statistic` by the percentile bootstrap: values are resampled with replacement 2,000 times, from a fixed seed. For a
 * single value, the value itself.
 */
function bootstrapInterval(values: readonly number[], statistic: (sorted: Float64Array) => number): Interval {
  const random = seededRandom(SEED);
  const drawn = new Float64Array(values.length);
  const results = new Float64Array(DRAWS);
  for (let draw = 0; draw < DRAWS; draw++) {
    for (let i = 0; i < drawn.length; i++) drawn[i] = values[Math.floor(random() * values.length)];
    results[draw] = statistic(drawn.sort());
  }
  return intervalOf(results);
}

/** The distribution of `values`; undefined if empty. */
export function describeValues(values: readonly number[]): Distribution | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  return {
    count: sorted.length,
    mean: mean(values),
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    p50_interval: bootstrapInterval(values, (drawn) => quantile(drawn, 0.5)),
  };
}

/** A rate with its 95 % interval. */
export interface Rate {
  value: number;
  interval: Interval;
  yes: number;
  of: number;
}

/**
 * The fraction of `true`, with the Wilson interval, which, unlike the bootstrap, is meaningful at 0 and 1 (20 of 20 does not prove 100 %).
 */
export function describeRate(answers: readonly boolean[]): Rate | undefined {
  const of = answers.length;
  if (of === 0) return undefined;
  const yes = answers.filter(Boolean).length;
  const share = yes / of;
  const z = 1.959964;
  const scale = 1 + (z * z) / of;
  const centre = (share + (z * z) / (2 * of)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return { value: share, interval: [Math.max(0, centre - half), Math.min(1, centre + half)], yes, of };
}

/** Measurements of one case on both sides. */
export interface Pair {
  before: readonly number[];
  after: readonly number[];
}

export interface PairedEstimate {
  /** `ratio`: after divided by before, geometric mean over cases. `difference`: after minus before, mean. */
  value: number;
  interval: Interval;
  cases: number;
}

/**
 * Compares two series case by case, so that easy and hard cases are not mixed. A case counts with the medians (`ratio`) or means
 * (`difference`) of its runs; the interval is a bootstrap over cases and their runs. Undefined if no case has measurements on both
 * sides.
 */
export function comparePairs(
  pairs: readonly Pair[],
  kind: "ratio" | "difference",
): PairedEstimate | undefined {
  const usable = pairs.filter((pair) => pair.before.length > 0 && pair.after.length > 0);
  if (usable.length === 0) return undefined;
  const random = seededRandom(SEED);
  const centre = kind === "ratio" ? (sorted: Float64Array) => quantile(sorted, 0.5) : meanOf;
  const effect = (before: Float64Array, after: Float64Array): number =>
    kind === "ratio"
      ? Math.log(centre(after.sort()) / centre(before.sort()))
      : centre(after) - centre(before);

  let sum = 0;
  for (const pair of usable) sum += effect(Float64Array.from(pair.before), Float64Array.from(pair.after));
  const point = sum / usable.length;

  const results = new Float64Array(DRAWS);
  const buffers = usable.map((pair) => ({
    before: new Float64Array(pair.before.length),
    after: new Float64Array(pair.after.length),
  }));
  for (let draw = 0; draw < DRAWS; draw++) {
    let total = 0;
    for (let i = 0; i < usable.length; i++) {
      const chosen = Math.floor(random() * usable.length);
      const { before, after } = buffers[chosen];
      redraw(usable[chosen].before, before, random);
      redraw(usable[chosen].after, after, random);
      total += effect(before, after);
    }
    results[draw] = total / usable.length;
  }
  const [low, high] = intervalOf(results);
  if (kind === "difference") return { value: point, interval: [low, high], cases: usable.length };
  return { value: Math.exp(point), interval: [Math.exp(low), Math.exp(high)], cases: usable.length };
}

function redraw(values: readonly number[], into: Float64Array, random: () => number): void {
  for (let i = 0; i < into.length; i++) into[i] = values[Math.floor(random() * values.length)];
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function intervalOf(results: Float64Array): Interval {
  results.sort();
  return [quantile(results, 0.025), quantile(results, 0.975)];
}
