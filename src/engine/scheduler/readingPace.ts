/** Milliseconds that reading may add to a step beside decoding, however fast decoding is: no reader of a stream notices. */
const UNNOTICED_MS = 20;

/** Milliseconds that reading takes in a step, at most: whoever arrives meanwhile waits for its end. */
const READING_STEP_MS = 100;

/** Tokens read in a step at least: of so many none is left over for a step of its own, where it would be summed otherwise. */
const MIN_READ = 3;

/** Steps of fewer tokens say little about what one token costs. */
const MEASURED_TOKENS = 4;

/** The weight of the latest step among those before. */
const SMOOTHING = 1 / 4;

/** A step that was interrupted by another program counts as one this many times as long as usual at most. */
const MAX_JUMP = 2;

/**
 * How many prompt tokens a step reads. Beside decoding rows, each prompt gets as much time as each stream: a stream is half as
 * fast for a neighbour's prompt, and several prompts beside one stream are read in bulk, since rows that wait to be read leave
 * later batches empty. A step stays short enough for whoever decodes or arrives during it. What a token costs is measured, since
 * it differs by a factor of ten between machines and models. The text does not depend on the pace.
 */
export class ReadingPace {
  private readonly fixed: number | undefined;
  /** Milliseconds a token of steps that read; 0 before the first. */
  private tokenMs = 0;
  /** Milliseconds of a step that only decodes; 0 before the first. */
  private decodingMs = 0;

  /** `fixed`: tokens that are read beside decoding rows, whatever they cost; alone there is no limit then. */
  constructor(fixed?: number) {
    this.fixed = fixed;
  }

  /** Tokens to read of `prompts` prompts in a step in which `streams` rows decode. */
  beside(streams: number, prompts = 1): number {
    if (this.fixed !== undefined) return this.fixed;
    // The last step without reading may have been of fewer streams.
    const decodingMs = Math.max(this.decodingMs, streams * this.tokenMs);
    const fair = decodingMs * Math.max(prompts / streams, 1);
    // Where decoding alone takes longer than a short step, reading may take as long.
    const most = Math.max(READING_STEP_MS, decodingMs);
    return this.within(Math.max(Math.min(fair, most), UNNOTICED_MS));
  }

  /** Tokens to read in a step without. */
  get alone(): number {
    return this.fixed === undefined ? this.within(READING_STEP_MS) : Number.POSITIVE_INFINITY;
  }

  /** Takes note of a step: how many tokens it had, whether rows were reading, how long it took in milliseconds. */
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
