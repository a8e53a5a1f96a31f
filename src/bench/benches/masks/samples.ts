import { quantile } from "../../statistics/distribution.js";

/** A growing list of measured times, stored as 32-bit floats because there are millions. */
export class Samples {
  private values = new Float32Array(1 << 12);
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(value: number): void {
    if (this.count === this.values.length) {
      const longer = new Float32Array(this.count * 2);
      longer.set(this.values);
      this.values = longer;
    }
    this.values[this.count++] = value;
  }

  append(values: Float32Array): void {
    for (let i = 0; i < values.length; i++) this.push(values[i]);
  }

  /** Smallest first. */
  sorted(): Float32Array {
    return this.values.slice(0, this.count).sort();
  }

  toArray(): Float32Array {
    return this.values.slice(0, this.count);
  }
}

/** Percentiles reported. */
const PERCENTILES = [50, 75, 90, 95, 99, 99.5, 99.9, 99.99] as const;

/** Mean, percentiles and maximum, in the unit of the samples; all 0 without samples. */
export function figuresOf(samples: Samples): Record<string, number> {
  const sorted = samples.sorted();
  let sum = 0;
  for (let i = 0; i < sorted.length; i++) sum += sorted[i];
  const figures: Record<string, number> = { mean: rounded(sorted.length === 0 ? 0 : sum / sorted.length) };
  for (const percentile of PERCENTILES) {
    figures[`p${percentile}`] = sorted.length === 0 ? 0 : rounded(quantile(sorted, percentile / 100));
  }
  figures["max"] = sorted.length === 0 ? 0 : rounded(sorted[sorted.length - 1]);
  return figures;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
