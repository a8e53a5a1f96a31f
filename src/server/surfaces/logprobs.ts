import type { TokenLogprob, TraceStep } from "../../engine/index.js";
import type { Fields } from "../bodyFields.js";
import { type GivenSettings, withSetting } from "../readSettings.js";
import { rounded } from "../usage.js";

/** `logprobs` requests them, `top_logprobs` sets the number of alternatives. */
export function withLogprobs(fields: Fields, settings: GivenSettings): GivenSettings {
  const { logprobs: alternatives = 0 } = settings.values;
  if (fields.boolean("logprobs")) {
    const name = settings.names.get("logprobs") ?? "logprobs";
    return withSetting(settings, "logprobs", { value: alternatives, name });
  }
  if (alternatives > 0) throw fields.invalid("top_logprobs", "needs `logprobs` to be true");
  return withSetting(settings, "logprobs", undefined);
}

/** A token's log-probabilities: the model's own, and those among the permitted tokens. */
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

/** The tokens of a step, with the model's probabilities. */
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

/** JSON has no infinity; OpenAI's servers send this instead. */
function finite(logprob: number): number {
  return Number.isFinite(logprob) ? logprob : -9999;
}
