import type { TokenLogprob } from "../../engine/index.js";

/** A token's log-probabilities: the model's own, and what the mask left of it. */
export function toLogprob({ token, bytes, logprob, maskedLogprob, forced, top }: TokenLogprob) {
  return {
    token,
    bytes: [...bytes],
    logprob: finite(logprob),
    masked_logprob: finite(maskedLogprob),
    forced,
    top_logprobs: top.map((one) => ({ ...one, bytes: [...one.bytes], logprob: finite(one.logprob) })),
  };
}

/** JSON has no infinity; OpenAI's servers send this in its place. */
function finite(logprob: number): number {
  return Number.isFinite(logprob) ? logprob : -9999;
}
