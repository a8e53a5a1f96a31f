/** Milliseconds that prefill may add to a step with decoding, however fast decoding is: not noticeable in a stream. */
const UNNOTICED_MS = 10;

/** Maximum milliseconds of prefill per step, because new requests wait for the end of the step. */
const READING_STEP_MS = 100;

/** Minimum prompt tokens per step, so that no single token is left for a separate step, where sums would round differently. */
const MIN_READ = 3;

/** Steps with fewer tokens are ignored when estimating the cost per token. */
const MEASURED_TOKENS = 4;

/** Weight of the latest step in the moving average. */
const SMOOTHING = 1 / 4;

/** Cap on a step's time relative to the average, for steps interrupted by other programs. */
const MAX_JUMP = 2;

/**
 * Determines the number of prompt tokens per step (chunked prefill). While others decode, each prompt gets as much time as each stream: one
 * prompt halves the speed of one stream, and several prompts next to one stream are processed in bulk, since waiting rows leave later
 * batches empty. Steps remain short enough for decoding and newly arriving requests. The cost per token is measured, because it
 * differs by a factor of ten between machines and models. The text does not depend on the pace.
 */
export class ReadingPace {
  private readonly fixed: number | undefined;
  /** Milliseconds per token of steps with prefill; 0 before the first. */
  private tokenMs = 0;
  /** Milliseconds of a step that only decodes; 0 before the first. */
  private decodingMs = 0;

  /** `fixed`: a fixed number of prompt tokens while others decode; without decoding there is then no limit. */
  constructor(fixed?: number) {
    this.fixed = fixed;
  }

  /** Number of tokens of `prompts` prompts in a step in which `streams` rows decode. */
  beside(streams: number, prompts = 1): number {
    if (this.fixed !== undefined) return this.fixed;
    // The last step without prefill may have had fewer streams.
    const decodingMs = Math.max(this.decodingMs, streams * this.tokenMs);
    const fair = decodingMs * Math.max(prompts / streams, 1);
    // If decoding takes longer than a short step, prefill may take as long.
    const most = Math.max(READING_STEP_MS, decodingMs);
    return this.within(Math.max(Math.min(fair, most), UNNOTICED_MS));
  }

  /** Number of tokens in a step without decoding. */
  get alone(): number {
    return this.fixed === undefined ? this.within(READING_STEP_MS) : Number.POSITIVE_INFINITY;
  }

  /** Records a step: its number of tokens, whether it included prefill, and its time in milliseconds. */
  observe(tokens: number, reading: boolean, milliseconds: number): void {
    if (!reading) this.decodingMs = smoothed(this.decodingMs, milliseconds);
    if (tokens >= MEASURED_TOKENS) this.tokenMs = smoothed(this.tokenMs, milliseconds / tokens);
  }

  private within(milliseconds: number): number {
    if (this.tokenMs === 0) return Number.POSITIVE_INFINITY;
    return Math.max(Math.floor(milliseconds / this.tokenMs), MIN_READ);
  }
}

function smoothed(mean: number, latest: number): number {
  if (mean === 0) return latest;
  return mean + (Math.min(latest, mean * MAX_JUMP) - mean) * SMOOTHING;
}
