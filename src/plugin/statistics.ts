/** Buckets per doubling of the time. */
const STEPS = 4;
const BUCKETS = 32 * STEPS;

/** Times of masks: count, mean, and an upper bound of the 99th percentile, at most a fifth too high. */
export class MaskTimes {
  private readonly buckets = new Float64Array(BUCKETS);
  private count = 0;
  private total = 0;

  add(microseconds: number): void {
    this.count++;
    this.total += microseconds;
    const bucket = Math.ceil(Math.log2(Math.max(microseconds, 1)) * STEPS);
    this.buckets[Math.min(bucket, BUCKETS - 1)]++;
  }

  summary(): { masks: number; mean_us: number; p99_us: number } {
    let left = this.count * 0.01;
    let bucket = BUCKETS - 1;
    for (; bucket > 0; bucket--) {
      left -= this.buckets[bucket];
      if (left < 0) break;
    }
    const mean = this.count === 0 ? 0 : this.total / this.count;
    return {
      masks: this.count,
      mean_us: Math.round(mean * 10) / 10,
      p99_us: this.count === 0 ? 0 : Math.round(2 ** (bucket / STEPS) * 10) / 10,
    };
  }
}
