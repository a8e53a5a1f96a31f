import type { GenerateResult } from "../engine/index.js";
import { RawJson, writeJson } from "../json/index.js";
import type { FinishReason } from "../types.js";

/** The body of a whole answer, and of the last event of a streamed one. */
export interface Answer {
  /** The document as the engine wrote it. */
  output: RawJson;
  tokens_used: number;
  generation_time_ms: number;
  finish_reason: FinishReason;
  usage: {
    prompt_tokens: number;
    cached_tokens: number;
    completion_tokens: number;
    forced_tokens: number;
  };
  timings: {
    queue_ms: number;
    compile_ms: number;
    prefill_ms: number;
    first_token_ms: number;
    decode_ms: number;
  };
  model: string;
  request_id: string;
  /** Further names for `output`. */
  [alias: string]: unknown;
}

/** `result` as the wire has it, for `writeJson`; each of `aliases` repeats the output. */
export function toAnswer(result: GenerateResult, requestId: string, aliases: readonly string[]): Answer {
  const output = outputOf(result);
  const answer: Answer = {
    output,
    tokens_used: result.usage.completionTokens,
    generation_time_ms: rounded(result.timings.totalMs),
    finish_reason: result.finishReason,
    usage: toUsage(result),
    timings: toTimings(result),
    model: result.model,
    request_id: requestId,
  };
  for (const alias of aliases) answer[alias] = output;
  return answer;
}

/** The document itself; what is no JSON document (whose text and value are one) as a JSON string. */
function outputOf({ text, output }: GenerateResult): RawJson {
  return new RawJson(text === output ? writeJson(text) : text);
}

/** Tokens as the wire and the log have them. */
export function toUsage({ usage }: GenerateResult): Answer["usage"] {
  return {
    prompt_tokens: usage.promptTokens,
    cached_tokens: usage.cachedTokens,
    completion_tokens: usage.completionTokens,
    forced_tokens: usage.forcedTokens,
  };
}

/** Times as the wire and the log have them. */
export function toTimings({ timings }: GenerateResult): Answer["timings"] {
  return {
    queue_ms: rounded(timings.queueMs),
    compile_ms: rounded(timings.compileMs),
    prefill_ms: rounded(timings.prefillMs),
    first_token_ms: rounded(timings.firstTokenMs),
    decode_ms: rounded(timings.decodeMs),
  };
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
