import type { JsonValue, RequestTimings } from "../types.js";
import type { Answer, ChatAnswer, ChatOutputOf } from "./client.js";
import type { ReceivedAnswer } from "./connection.js";
import type { PreparedSchema } from "./schema/prepare.js";
import { writtenText } from "./wire.js";

/** The answer to a request for a document. Throws `invalid_output` if the caller's check rejects it. */
export async function toAnswer<Output>(
  answer: ReceivedAnswer,
  schema: PreparedSchema,
  bigints = false,
): Promise<Answer<Output>> {
  // Loaded on demand, since few callers use bigints.
  const { parseWithBigints } = bigints ? await import("./bigints.js") : { parseWithBigints: JSON.parse };
  const output = parseWithBigints(answer.text);
  return {
    ...factsOf(answer),
    output: (await schema.finish(output as JsonValue)) as Output,
    text: answer.text,
  };
}

/** The answer to a request for text, calls or a document. */
export async function toChatAnswer<Schema>(
  answer: ReceivedAnswer,
  schema: PreparedSchema | undefined,
  bigints?: boolean,
): Promise<ChatAnswer<ChatOutputOf<Schema>>> {
  const { tool_calls: toolCalls = [], reasoning } = answer;
  const isDocument = schema !== undefined && toolCalls.length === 0;
  const { output } = isDocument ? await toAnswer<ChatOutputOf<Schema>>(answer, schema, bigints) : {};
  return {
    ...factsOf(answer),
    output: output as ChatOutputOf<Schema>,
    text: writtenText(answer, schema !== undefined),
    toolCalls,
    reasoning,
  };
}

function factsOf(answer: ReceivedAnswer): Omit<Answer<unknown>, "output" | "text"> {
  return {
    finishReason: answer.finish_reason,
    usage: {
      promptTokens: answer.usage.prompt_tokens,
      cachedTokens: answer.usage.cached_tokens,
      completionTokens: answer.usage.completion_tokens,
      forcedTokens: answer.usage.forced_tokens,
      ...(answer.usage.reasoning_tokens === undefined
        ? {}
        : { reasoningTokens: answer.usage.reasoning_tokens }),
    },
    model: answer.model,
    requestId: answer.request_id,
    generationTimeMs: answer.generation_time_ms,
    timings: toTimings(answer),
  };
}

function toTimings({ timings, generation_time_ms }: ReceivedAnswer): RequestTimings | undefined {
  if (timings === undefined) return undefined;
  return {
    queueMs: timings.queue_ms,
    compileMs: timings.compile_ms,
    prefillMs: timings.prefill_ms,
    firstTokenMs: timings.first_token_ms,
    decodeMs: timings.decode_ms,
    totalMs: generation_time_ms,
  };
}
