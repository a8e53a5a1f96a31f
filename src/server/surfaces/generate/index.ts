import type { GenerateResult } from "../../../engine/index.js";
import { errorBody } from "../../failure.js";
import { type EventFormat, serverSentEvent } from "../../run.js";
import { toLogprob, toTraceStep } from "../logprobs.js";
import type { AnswerHead, SurfaceDefinition } from "../surface.js";
import { toAnswer } from "./answer.js";
import { type GenerateCall, readGenerate } from "./read.js";

/** `POST /generate`: prompt and schema in, document out, whole or as server-sent events. */
export function generateSurface(aliases: readonly string[]): SurfaceDefinition<GenerateCall> {
  return {
    read: readGenerate,
    answer: (results, { isJson }, head) => toAnswer(results, isJson, head, aliases),
    stream: ({ isJson, input }, head) => eventFormat(isJson, head, aliases, (input.count ?? 1) > 1),
  };
}

/** `start`, then `delta`, `reasoning`, `tool_call`, `tool_arguments`, `trace`, then `finish` or `error`. */
function eventFormat(
  isJson: boolean,
  head: AnswerHead,
  aliases: readonly string[],
  isSeveral: boolean,
): EventFormat {
  let isStarted = false;
  return {
    event(event, index) {
      const which = isSeveral ? { index } : {};
      switch (event.type) {
        case "start": {
          if (isStarted) return "";
          isStarted = true;
          const { promptTokens: prompt_tokens, cachedTokens: cached_tokens } = event;
          return serverSentEvent({ request_id: head.requestId, prompt_tokens, cached_tokens }, "start");
        }
        case "delta": {
          const logprobs = event.logprobs && { logprobs: event.logprobs.map(toLogprob) };
          return serverSentEvent({ ...which, text: event.text, ...logprobs }, "delta");
        }
        case "reasoning":
          return serverSentEvent({ ...which, text: event.text }, "reasoning");
        case "toolCall":
          return serverSentEvent(
            { ...which, call: event.index, id: event.id, name: event.name },
            "tool_call",
          );
        case "toolArguments":
          return serverSentEvent({ ...which, call: event.index, text: event.text }, "tool_arguments");
        case "trace":
          return serverSentEvent({ ...which, ...toTraceStep(event) }, "trace");
        case "finish":
          return "";
      }
    },
    end: (results: readonly GenerateResult[]) =>
      serverSentEvent(toAnswer(results, isJson, head, aliases), "finish"),
    error: (error) => serverSentEvent(errorBody(error), "error"),
  };
}
