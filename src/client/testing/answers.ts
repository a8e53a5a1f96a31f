import type { JsonValue } from "../../types.js";
import type { AnswerBody } from "../connection.js";
import { event } from "./scriptedServer.js";

/** A whole answer as a server sends it. */
export function answerWith(output: JsonValue): AnswerBody {
  return {
    output,
    tokens_used: 7,
    generation_time_ms: 12.5,
    finish_reason: "stop",
    usage: { prompt_tokens: 20, cached_tokens: 4, completion_tokens: 7, forced_tokens: 3 },
    timings: { queue_ms: 0, compile_ms: 1, prefill_ms: 5, first_token_ms: 6, decode_ms: 6.5 },
    model: "scripted",
    request_id: "request-1",
  };
}

export const READY = {
  status: "healthy",
  engine: "ready",
  model: "scripted",
  model_loaded: true,
  version: "0",
};
export const IDLE = { ...READY, engine: "idle", model_loaded: false };
export const LOADING = { ...IDLE, engine: "loading", stage: "load", progress: 0.5 };
export const WARM = {
  status: "warm",
  model_loaded: true,
  model: "scripted",
  ready_for_requests: true,
  load_ms: 40,
};

/** The wire text of a streamed answer, one delta for each of `pieces`, which together are the document. */
export function streamOf(pieces: readonly string[]): string[] {
  return [
    event("start", { request_id: "request-1", prompt_tokens: 20, cached_tokens: 4 }),
    ...pieces.map((text) => event("delta", { text })),
    event("finish", answerWith(JSON.parse(pieces.join("")))),
  ];
}
