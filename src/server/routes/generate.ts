import { writeJson } from "../../json/index.js";
import type { ChatMessage } from "../../types.js";
import { toAnswer } from "../answer.js";
import { readBody } from "../body.js";
import { errorBody } from "../failure.js";
import type { Fields } from "../fields.js";
import { type GenerationInput, readSettings, toGenerateRequest } from "../request.js";
import { type EventFormat, runWhole, serverSentEvent } from "../run.js";
import type { App, Services } from "../services.js";
import { answerStreamed } from "./stream.js";

/** `POST /generate`: a prompt and a schema in, a document out; whole, or as server-sent events. */
export function addGenerateRoute(app: App, services: Services): void {
  const { engine, config, flights } = services;
  app.post("/generate", async (context) => {
    const requestId = context.get("requestId");
    const fields = await readBody(context.req.raw, config.bodyLimitBytes, context.get("body"));
    const streamed = fields.boolean("stream") ?? false;
    const request = toGenerateRequest(requestId, readInput(fields, config.maxTokensLimit), config);
    const flight = flights.begin(context.req.raw.signal);
    if (streamed) {
      return answerStreamed(context, services, request, flight, format(requestId, config.aliases));
    }
    const result = await runWhole(engine, request, flight);
    context.set("result", result);
    // The line break is for people with curl.
    const text = `${writeJson(toAnswer(result, requestId, config.aliases))}\n`;
    return context.body(text, 200, { "content-type": "application/json; charset=utf-8" });
  });
}

function readInput(fields: Fields, maxTokensLimit: number): GenerationInput {
  const prompt = fields.string("prompt");
  if (prompt === undefined || prompt === "") throw fields.missing("prompt");
  const schema = fields.schema("schema");
  if (schema === undefined) throw fields.missing("schema");
  const system = fields.string("system");
  const messages: ChatMessage[] = [{ role: "user", content: prompt }];
  if (system !== undefined && system !== "") messages.unshift({ role: "system", content: system });
  return { messages, schema, ...readSettings(fields, maxTokensLimit) };
}

function format(requestId: string, aliases: readonly string[]): EventFormat {
  return {
    start: ({ promptTokens, cachedTokens }) =>
      serverSentEvent(
        { request_id: requestId, prompt_tokens: promptTokens, cached_tokens: cachedTokens },
        "start",
      ),
    delta: (text) => serverSentEvent({ text }, "delta"),
    finish: (result) => serverSentEvent(toAnswer(result, requestId, aliases), "finish"),
    error: (error) => serverSentEvent(errorBody(error), "error"),
  };
}
