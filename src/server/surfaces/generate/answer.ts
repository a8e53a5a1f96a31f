import type { GenerateResult } from "../../../engine/index.js";
import { RawJson, writeJson } from "../../../json/index.js";
import type { FinishReason } from "../../../types.js";
import { rounded, timingMembers, usageMembers } from "../../usage.js";
import { ignoredMember } from "../ignored.js";
import { toLogprob, toTraceStep } from "../logprobs.js";
import type { AnswerHead } from "../surface.js";

/** The body of a whole answer, and of the last event of a streamed one. */
export interface Answer extends AnswerPart {
  /** Completion tokens of all answers. */
  tokens_used: number;
  /** Milliseconds from arrival to the end of the last answer. */
  generation_time_ms: number;
  /** Token counts. */
  usage: ReturnType<typeof usageMembers>;
  /** Times of the stages in milliseconds. */
  timings: ReturnType<typeof timingMembers>;
  /** The model that answered. */
  model: string;
  /** The request id, as in the log. */
  request_id: string;
  /** All answers, with `n` above 1; the members above are those of the first. */
  outputs?: readonly AnswerPart[];
  /** Members of the request that had no effect. */
  ignored?: readonly string[];
  /** Further names for `output`. */
  [alias: string]: unknown;
}

/** The members of each of several answers. */
export interface AnswerPart {
  /** The document as generated; text, if no JSON was requested; null with tool calls. */
  output: RawJson;
  finish_reason: FinishReason;
  tool_calls?: readonly { id: string; name: string; arguments: RawJson }[];
  reasoning?: string;
  logprobs?: readonly unknown[];
  trace?: readonly unknown[];
}

/** `results` in wire format, for `writeJson`; each of `aliases` repeats the output. */
export function toAnswer(
  results: readonly GenerateResult[],
  isJson: boolean,
  head: AnswerHead,
  aliases: readonly string[],
): Answer {
  const [first] = results;
  const part = toPart(first, isJson);
  const { output } = part;
  const answer: Answer = {
    ...part,
    tokens_used: usageMembers(results).completion_tokens,
    generation_time_ms: rounded(Math.max(...results.map(({ timings }) => timings.totalMs))),
    usage: usageMembers(results),
    timings: timingMembers(first),
    model: first.model,
    request_id: head.requestId,
    ...ignoredMember(head, results),
  };
  if (results.length > 1) answer.outputs = results.map((result) => toPart(result, isJson));
  for (const alias of aliases) answer[alias] = output;
  return answer;
}

function toPart(result: GenerateResult, isJson: boolean): AnswerPart {
  const { toolCalls = [], reasoning, logprobs, trace } = result;
  return {
    output: outputOf(result, isJson),
    finish_reason: result.finishReason,
    ...(toolCalls.length > 0 && {
      tool_calls: toolCalls.map((call) => ({ ...call, arguments: new RawJson(call.arguments) })),
    }),
    ...(reasoning !== undefined && { reasoning }),
    ...(logprobs !== undefined && { logprobs: logprobs.map(toLogprob) }),
    ...(trace !== undefined && { trace: trace.map(toTraceStep) }),
  };
}

function outputOf({ text, finishReason }: GenerateResult, isJson: boolean): RawJson {
  if (finishReason === "tool_calls" && text === "") return new RawJson("null");
  return new RawJson(isJson && finishReason !== "tool_calls" ? text : writeJson(text));
}
