import { FormworkError } from "../../errors.js";
import type { SamplingSettings } from "../../types.js";
import { adjustLogits, type WrittenTokens } from "./penalties.js";
import type { RandomGenerator } from "./random.js";

// Tokens this many temperatures below the best one have less than 2e-9 of its probability each. They are dropped, so that sampling
// from a nearly full mask does not need to weigh the whole vocabulary.
const NEGLIGIBLE = 20;

// Top-k and top-p need the best tokens first. Instead of sorting, candidates are put into this many bins by logit; only the bin in
// which the limit is reached is sorted.
const BINS = 256;

/**
 * Samples a token from masked logits: one pass over the permitted tokens selects those near the best one, and the rest only processes
 * these. Contains scratch arrays, shared by all sequences of a thread.
 */
export class Sampler {
  /** The id that represents all tokens that end a turn. */
  private readonly eos: number;
  private readonly endings: readonly number[];
  private readonly candidates: Int32Array;
  private readonly values: Float64Array;
  private readonly bins: Uint8Array;
  private readonly binMass = new Float64Array(BINS);
  private readonly binCount = new Int32Array(BINS);
  /** All tokens. */
  readonly full: Uint32Array;

  /** `endings`: further ids that end a turn; each counts as `eos` if `eos` is permitted. */
  constructor(vocabularySize: number, eos: number, endings: readonly number[] = []) {
    this.eos = eos;
    this.endings = endings.filter((id) => id !== eos && id >= 0 && id < vocabularySize);
    this.candidates = new Int32Array(vocabularySize);
    this.values = new Float64Array(vocabularySize);
    this.bins = new Uint8Array(vocabularySize);
    this.full = new Uint32Array((vocabularySize + 31) >>> 5).fill(0xffffffff);
    if ((vocabularySize & 31) !== 0) this.full[this.full.length - 1] = 2 ** (vocabularySize & 31) - 1;
  }

  /** Applies settings that do not depend on the mask to `logits`, in place. Once per row, before `sample`. */
  prepare(logits: Float32Array, settings: SamplingSettings, written: WrittenTokens | undefined): void {
    for (const ending of this.endings) {
      if (logits[ending] > logits[this.eos]) logits[this.eos] = logits[ending];
    }
    adjustLogits(logits, settings, written);
  }

  /**
   * Samples a token of `mask` (default: of all tokens). Among equal logits, the lowest id is preferred. Returns -1 if the mask is empty;
   * throws `internal` if the logits of all permitted tokens are NaN.
   */
  sample(
    logits: Float32Array,
    mask: Uint32Array | undefined,
    settings: SamplingSettings,
    random: RandomGenerator,
  ): number {
    const allowed = mask ?? this.full;
    if (settings.temperature <= 0 || settings.topK === 1) return this.best(logits, allowed);
    const count = this.collect(logits, allowed, this.windowOf(settings));
    if (count <= 0) return -1;
    return this.draw(count, settings, random);
  }

  private windowOf(settings: SamplingSettings): number {
    const share =
      settings.minP > 0 ? Math.min(NEGLIGIBLE, -Math.log(Math.min(settings.minP, 1))) : NEGLIGIBLE;
    return share * settings.temperature;
  }

  private best(logits: Float32Array, allowed: Uint32Array): number {
    let best = -1;
    let bestLogit = Number.NEGATIVE_INFINITY;
    let seen = false;
    for (let word = 0; word < allowed.length; word++) {
      let bits = allowed[word] | 0;
      if (bits === 0) continue;
      seen = true;
      const base = word << 5;
      while (bits !== 0) {
        const token = base + 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        if (logits[token] > bestLogit) {
          bestLogit = logits[token];
          best = token;
        }
      }
    }
    if (best < 0 && seen) throw noNumbers();
    return best;
  }

  /**
   * Puts the permitted tokens within `window` of the best logit into `candidates`, by increasing id, and their logits into `values`. The
   * best logit increases during the pass, so a second pass removes those that were only near an earlier best.
   */
  private collect(logits: Float32Array, allowed: Uint32Array, window: number): number {
    const { candidates, values } = this;
    let count = 0;
    let seen = false;
    let bestLogit = Number.NEGATIVE_INFINITY;
    let floor = Number.NEGATIVE_INFINITY;
    for (let word = 0; word < allowed.length; word++) {
      let bits = allowed[word] | 0;
      if (bits === 0) continue;
      seen = true;
      const base = word << 5;
      while (bits !== 0) {
        const token = base + 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        const logit = logits[token];
        if (!(logit >= floor)) continue;
        if (logit > bestLogit) {
          bestLogit = logit;
          floor = logit - window;
        }
        candidates[count] = token;
        values[count++] = logit;
      }
    }
    if (!seen) return -1;
    if (bestLogit === Number.NEGATIVE_INFINITY) throw noNumbers();
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (values[i] < floor) continue;
      candidates[kept] = candidates[i];
      values[kept++] = values[i] - bestLogit;
    }
    return kept;
  }

  /** Samples from the first `count` candidates, whose `values` are logits minus the best one (all <= 0). */
  private draw(count: number, settings: SamplingSettings, random: RandomGenerator): number {
    const { values, bins } = this;
    const scale = 1 / settings.temperature;
    let mass = 0;
    for (let i = 0; i < count; i++) {
      const exponent = values[i] * scale;
      // Bin 0 has the most probable tokens.
      bins[i] = Math.min(exponent * (-BINS / NEGLIGIBLE), BINS - 1);
      values[i] = Math.exp(exponent);
      mass += values[i];
    }
    if (settings.topK > 0 && settings.topK < count) {
      count = this.keepBest(count, settings.topK, Infinity);
      mass = this.massOf(count);
    }
    if (settings.topP < 1) {
      count = this.keepBest(count, count, mass * Math.max(settings.topP, 0));
      mass = this.massOf(count);
    }
    let left = random.next() * mass;
    for (let i = 0; i < count - 1; i++) {
      left -= values[i];
      if (left < 0) return this.candidates[i];
    }
    return this.candidates[count - 1];
  }

  private massOf(count: number): number {
    let mass = 0;
    for (let i = 0; i < count; i++) mass += this.values[i];
    return mass;
  }

  /**
   * Keeps the most probable candidates, up to `limit` of them or a total probability of `mass`, whichever comes first, by increasing id; at
   * least one. Returns their number.
   */
  private keepBest(count: number, limit: number, mass: number): number {
    const { candidates, values, bins, binMass, binCount } = this;
    binMass.fill(0);
    binCount.fill(0);
    for (let i = 0; i < count; i++) {
      const bin = bins[i];
      binMass[bin] += values[i];
      binCount[bin]++;
    }
    let edge = 0;
    let above = 0;
    let massAbove = 0;
    while (edge < BINS - 1 && above + binCount[edge] < limit && massAbove + binMass[edge] < mass) {
      above += binCount[edge];
      massAbove += binMass[edge];
      edge++;
    }
    // Within the last bin, the best come first, and among equals the lower id.
    const order: number[] = [];
    for (let i = 0; i < count; i++) if (bins[i] === edge) order.push(i);
    order.sort((left, right) => values[right] - values[left] || left - right);
    let inside = 0;
    while (inside < order.length && above + inside < limit && (massAbove < mass || above + inside === 0)) {
      massAbove += values[order[inside++]];
    }
    const last = inside > 0 ? order[inside - 1] : -1;
    const lastValue = last >= 0 ? values[last] : Infinity;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const bin = bins[i];
      if (bin > edge) continue;
      if (bin === edge && (values[i] < lastValue || (values[i] === lastValue && i > last))) continue;
      candidates[kept] = candidates[i];
      bins[kept] = bin;
      values[kept++] = values[i];
    }
    return kept;
  }
}

function noNumbers(): FormworkError {
  return new FormworkError(
    "model_unavailable",
    "The model computes no numbers (NaN): its file is damaged, or its weights do not suit this processor. " +
      "Compare the file's checksum with its source, or download it again; `--weights file` computes them as they are stored.",
  );
}
