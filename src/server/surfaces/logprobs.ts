import type { TokenLogprob, TraceStep } from "../../engine/index.js";
import type { RequestValues } from "../../engine/request/index.js";
import type { Fields } from "../bodyFields.js";
import { rounded } from "../usage.js";

/** `logprobs` asks for them, `top_logprobs` says how many alternatives. */
export function withLogprobs(fields: Fields, values: RequestValues): RequestValues {
  const { logprobs: alternatives, ...others } = values;
  if (fields.boolean("logprobs")) return { ...others, logprobs: alternatives ?? 0 };
  if (alternatives !== undefined && alternatives > 0) {
    throw fields.invalid("top_logprobs", "needs `logprobs` to be true");
  }
  return others;
}

/** A token's log-probabilities: the model's own, and what the mask left of it. */
export function toLogprob({ token, bytes, logprob, maskedLogprob, forced, top }: TokenLogprob) {
  return {
    token,
    bytes: [...bytes],
    logprob: finite(logprob),
    masked_logprob: finite(maskedLogprob),
    forced,
    top_logprobs: toTop(top),
  };
}

/** What a step wrote, and what the model thought of it. */
export function toTraceStep({ atMs, tokens }: TraceStep) {
  return {
    at_ms: rounded(atMs),
    tokens: tokens.map(({ text, origin, choice }) => ({
      text,
      origin,
      ...(choice !== undefined && {
        logprob: finite(choice.logprob),
        masked_logprob: finite(choice.maskedLogprob),
        top_logprobs: toTop(choice.top),
      }),
    })),
  };
}

function toTop(top: TokenLogprob["top"]) {
  return top.map((one) => ({ ...one, bytes: [...one.bytes], logprob: finite(one.logprob) }));
}

/** JSON has no infinity; OpenAI's servers send this in its place. */
function finite(logprob: number): number {
  return Number.isFinite(logprob) ? logprob : -9999;
}
