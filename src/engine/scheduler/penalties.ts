import type { SamplingSettings } from "../../types.js";

/** The distinct tokens of an answer with their counts, for penalties. */
export class WrittenTokens {
  tokens = new Int32Array(64);
  counts = new Int32Array(64);
  length = 0;
  private readonly places = new Map<number, number>();

  add(token: number): void {
    const place = this.places.get(token);
    if (place !== undefined) {
      this.counts[place]++;
      return;
    }
    if (this.length === this.tokens.length) this.grow();
    this.places.set(token, this.length);
    this.tokens[this.length] = token;
    this.counts[this.length++] = 1;
  }

  private grow(): void {
    const tokens = new Int32Array(this.tokens.length * 2);
    tokens.set(this.tokens);
    const counts = new Int32Array(tokens.length);
    counts.set(this.counts);
    this.tokens = tokens;
    this.counts = counts;
  }
}

/** Whether these settings depend on earlier tokens. */
export function penalises(settings: SamplingSettings): boolean {
  return (
    settings.repetitionPenalty !== 1 ||
    (settings.presencePenalty ?? 0) !== 0 ||
    (settings.frequencyPenalty ?? 0) !== 0
  );
}

/** Modifies logits in place: penalties for earlier tokens, then the caller's bias. */
export function adjustLogits(
  logits: Float32Array,
  settings: SamplingSettings,
  written: WrittenTokens | undefined,
): void {
  if (written !== undefined) {
    const { repetitionPenalty: repetition, presencePenalty = 0, frequencyPenalty = 0 } = settings;
    const { tokens, counts, length } = written;
    for (let i = 0; i < length; i++) {
      const token = tokens[i];
      const logit = logits[token] > 0 ? logits[token] / repetition : logits[token] * repetition;
      logits[token] = logit - presencePenalty - frequencyPenalty * counts[i];
    }
  }
  const { logitBias } = settings;
  if (logitBias === undefined) return;
  for (const id in logitBias) if (Number(id) < logits.length) logits[Number(id)] += logitBias[id];
}
