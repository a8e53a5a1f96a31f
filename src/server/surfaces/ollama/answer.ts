import type { EngineEvent, GenerateResult, TokenLogprob } from "../../../engine/index.js";
import { RawJson, writeJson } from "../../../json/index.js";
import type { ToolCall } from "../../../types.js";
import { errorBody } from "../../failure.js";
import { isConstrained } from "../../request.js";
import type { EventFormat } from "../../run.js";
import { ignoredMember } from "../ignored.js";
import { toLogprob } from "../logprobs.js";
import type { AnswerHead, SurfaceCall } from "../surface.js";

/** The content of an answer, or of a line of a stream. */
export interface Said {
  text: string;
  logprobs?: readonly TokenLogprob[] | undefined;
  reasoning?: string | undefined;
  toolCalls?: readonly ToolCall[] | undefined;
}

/** The formats of the two routes: a message, or a text. */
export type SaidShape = (said: Said) => Record<string, unknown>;

export const asMessage: SaidShape = ({ text, reasoning, toolCalls = [], logprobs }) => ({
  ...logprobsMember(logprobs),
  message: {
    role: "assistant",
    content: text,
    ...(reasoning !== undefined && { thinking: reasoning }),
    ...(toolCalls.length > 0 && {
      tool_calls: toolCalls.map(({ name, arguments: written }) => ({
        function: { name, arguments: new RawJson(written) },
      })),
    }),
  },
});

export const asResponse: SaidShape = ({ text, reasoning, logprobs }) => ({
  ...logprobsMember(logprobs),
  response: text,
  ...(reasoning !== undefined && { thinking: reasoning }),
});

function logprobsMember(logprobs: readonly TokenLogprob[] | undefined) {
  return logprobs === undefined ? {} : { logprobs: logprobs.map(toLogprob) };
}

function lineHead({ model, created }: AnswerHead) {
  return { model, created_at: new Date(created * 1000).toISOString() };
}

/** A whole answer. */
export function ollamaAnswer(shape: SaidShape, result: GenerateResult, call: SurfaceCall, head: AnswerHead) {
  const { text, reasoning, toolCalls, logprobs } = result;
  return {
    ...lineHead(head),
    ...shape({ text, reasoning, toolCalls, logprobs }),
    ...endOf(result, call, head),
  };
}

/** The answer to a request that only loaded the model. */
export function loadedAnswer(shape: SaidShape, head: AnswerHead) {
  return { ...lineHead(head), ...shape({ text: "" }), done: true, done_reason: "load" };
}

const NANOSECONDS = 1e6;

function endOf(result: GenerateResult, { input }: SurfaceCall, head: AnswerHead) {
  const { finishReason, usage, timings } = result;
  const isClosed = finishReason === "length" && isConstrained(input.content);
  const nanoseconds = (milliseconds: number) => Math.round(milliseconds * NANOSECONDS);
  return {
    done: true,
    done_reason: finishReason === "length" && !isClosed ? "length" : "stop",
    ...(isClosed && { closed_early: true }),
    total_duration: nanoseconds(timings.totalMs),
    load_duration: 0,
    prompt_eval_count: usage.promptTokens,
    prompt_eval_duration: nanoseconds(timings.prefillMs),
    eval_count: usage.completionTokens,
    eval_duration: nanoseconds(timings.decodeMs),
    ...ignoredMember(head, [result]),
  };
}

/** One line of JSON per piece; tool calls are sent whole. */
export function ollamaLines(shape: SaidShape, call: SurfaceCall, head: AnswerHead): EventFormat {
  const line = (facts: Record<string, unknown>) => `${writeJson(facts).replace(/[\r\n]/g, " ")}\n`;
  const piece = (said: Said) => line({ ...lineHead(head), ...shape(said), done: false });
  return {
    event(event: EngineEvent) {
      switch (event.type) {
        case "delta":
          return piece({ text: event.text, logprobs: event.logprobs });
        case "reasoning":
          return piece({ text: "", reasoning: event.text });
        case "finish": {
          const { toolCalls = [] } = event.result;
          return toolCalls.length === 0 ? "" : piece({ text: "", toolCalls });
        }
        default:
          return "";
      }
    },
    end: ([result]) => line({ ...lineHead(head), ...shape({ text: "" }), ...endOf(result, call, head) }),
    error: (error) => line({ ...errorBody(error) }),
  };
}
