import type { GenerateResult, TokenLogprob } from "../../../engine/index.js";
import { isConstrained } from "../../request.js";
import { type EventFormat, serverSentEvent } from "../../run.js";
import { ignoredMember } from "../ignored.js";
import { toLogprob } from "../logprobs.js";
import { openaiErrorBody } from "../openai/errorBody.js";
import { openaiFinish } from "../openai/finish.js";
import { openaiUsage } from "../openai/usage.js";
import type { AnswerHead } from "../surface.js";
import type { CompletionsCall } from "./read.js";

const DONE = "data: [DONE]\n\n";

function completionHead({ requestId, created, model }: AnswerHead) {
  return { id: `cmpl-${requestId}`, object: "text_completion", created, model };
}

/** A whole completion. */
export function completion(results: readonly GenerateResult[], { input }: CompletionsCall, head: AnswerHead) {
  return {
    ...completionHead(head),
    choices: results.map((result, index) => ({
      index,
      text: result.text,
      logprobs: result.logprobs === undefined ? null : columns(result.logprobs, 0),
      ...openaiFinish(result, isConstrained(input.content)),
    })),
    usage: openaiUsage(results),
    ...ignoredMember(head, results),
  };
}

/** The same in chunks, each in the form of a completion. */
export function completionChunks({ input, includesUsage }: CompletionsCall, head: AnswerHead): EventFormat {
  const base = completionHead(head);
  const written: number[] = [];
  return {
    event: (event, index) => {
      if (event.type === "delta") {
        const logprobs = event.logprobs === undefined ? null : columns(event.logprobs, written[index] ?? 0);
        written[index] = (written[index] ?? 0) + event.text.length;
        return serverSentEvent({
          ...base,
          choices: [{ index, text: event.text, logprobs, finish_reason: null }],
        });
      }
      if (event.type !== "finish") return "";
      const finish = openaiFinish(event.result, isConstrained(input.content));
      return serverSentEvent({
        ...base,
        choices: [{ index, text: "", logprobs: null, ...finish }],
        ...ignoredMember(head, [event.result]),
      });
    },
    end: (results) =>
      (includesUsage ? serverSentEvent({ ...base, choices: [], usage: openaiUsage(results) }) : "") + DONE,
    error: (error) => serverSentEvent(openaiErrorBody(error)) + DONE,
  };
}

/** Log-probabilities in this API's columns. `offset` is the position of the first token in the text. */
function columns(logprobs: readonly TokenLogprob[], offset: number) {
  let at = offset;
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map((one) => toLogprob(one).logprob),
    top_logprobs: logprobs.map((one) =>
      Object.fromEntries(toLogprob(one).top_logprobs.map(({ token, logprob }) => [token, logprob])),
    ),
    text_offset: logprobs.map(({ token }) => {
      at += token.length;
      return at - token.length;
    }),
  };
}
