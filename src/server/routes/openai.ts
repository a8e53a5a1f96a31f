import type { GenerateResult } from "../../engine/index.js";
import { FormworkError } from "../../errors.js";
import { isJsonArray, isJsonObject, type JsonValue } from "../../json/index.js";
import type { ChatMessage, ChatRole, SchemaText } from "../../types.js";
import { readBody } from "../body.js";
import { openaiErrorBody } from "../failure.js";
import type { Fields } from "../fields.js";
import { type GenerationInput, readSettings, toGenerateRequest } from "../request.js";
import { type EventFormat, runWhole, serverSentEvent } from "../run.js";
import type { App, Services } from "../services.js";
import { answerStreamed } from "./stream.js";

/** `/v1/...`: the routes through which OpenAI's clients reach the same engine. */
export function addOpenaiRoutes(app: App, services: Services): void {
  const { engine, config, flights } = services;
  const started = Math.floor(Date.now() / 1000);
  const model = () => ({
    id: engine.status().model,
    object: "model",
    created: started,
    owned_by: "formwork",
  });

  app.get("/v1/models", (context) => context.json({ object: "list", data: [model()] }));
  app.get("/v1/models/:id{.+}", (context) => {
    const id = context.req.param("id");
    if (id !== model().id) throw new FormworkError("unknown_model", `The model ${id} is not served here.`);
    return context.json(model());
  });

  app.post("/v1/chat/completions", async (context) => {
    const requestId = context.get("requestId");
    const fields = await readBody(context.req.raw, config.bodyLimitBytes, context.get("body"));
    const streamed = fields.boolean("stream") ?? false;
    const withUsage = fields.object("stream_options")?.boolean("include_usage") ?? false;
    const request = toGenerateRequest(requestId, readInput(fields, config.maxTokensLimit), config);
    const flight = flights.begin(context.req.raw.signal);
    const head = {
      id: `chatcmpl-${requestId}`,
      created: Math.floor(Date.now() / 1000),
      model: request.model ?? engine.status().model,
    };
    if (streamed) return answerStreamed(context, services, request, flight, format(head, withUsage));
    const result = await runWhole(engine, request, flight);
    context.set("result", result);
    const message = { role: "assistant", content: result.text, refusal: null };
    return context.json({
      ...head,
      object: "chat.completion",
      choices: [{ index: 0, message, logprobs: null, finish_reason: result.finishReason }],
      usage: toUsage(result),
    });
  });
}

function readInput(fields: Fields, maxTokensLimit: number): GenerationInput {
  const list = fields.objects("messages", "A message");
  if (list === undefined || list.length === 0) throw fields.missing("messages");
  const messages = list.map(readMessage);
  if (messages.at(-1)?.role !== "user") {
    throw fields.invalid("messages", "must end with a message whose role is `user`");
  }
  refuseUnable(fields);
  const schema = readFormat(fields);
  const settings = readSettings(fields, maxTokensLimit);
  const range = { minimum: 1, maximum: maxTokensLimit, integer: true };
  return {
    messages,
    schema,
    ...settings,
    maxTokens: fields.number("max_completion_tokens", range) ?? settings.maxTokens,
  };
}

const ROLES: Readonly<Record<string, ChatRole>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
};

function readMessage(fields: Fields): ChatMessage {
  const role = fields.string("role");
  if (role === undefined) throw fields.missing("role");
  if (!Object.hasOwn(ROLES, role)) {
    throw fields.invalid("role", `must be one of ${Object.keys(ROLES).join(", ")}`);
  }
  const content = fields.get("content");
  if (content === undefined) throw fields.missing("content");
  return { role: ROLES[role], content: textOf(content, fields) };
}

/** Text as such, or as OpenAI's list of text parts. */
function textOf(content: JsonValue, fields: Fields): string {
  if (typeof content === "string") return content;
  if (!isJsonArray(content)) throw fields.invalid("content", "must be a string or a list of text parts");
  return content
    .map((part) => {
      const text = isJsonObject(part) && part.get("type") === "text" ? part.get("text") : undefined;
      if (typeof text === "string") return text;
      throw fields.invalid("content", "may hold text parts only: this model reads no images or sound");
    })
    .join("");
}

function readFormat(fields: Fields): SchemaText {
  const responseFormat = fields.object("response_format");
  const type = responseFormat?.string("type");
  if (responseFormat === undefined || type === undefined) throw fields.missing("response_format");
  if (type === "json_object") return '{"type":"object"}';
  if (type !== "json_schema") {
    throw responseFormat.invalid("type", "must be `json_schema` or `json_object`: answers here are JSON");
  }
  const description = responseFormat.object("json_schema");
  if (description === undefined) throw responseFormat.missing("json_schema");
  const schema = description.schema("schema");
  if (schema === undefined) throw description.missing("schema");
  return schema;
}

/** What would change the answer and cannot be honoured is refused rather than left out in silence. */
function refuseUnable(fields: Fields): void {
  fields.number("n", { minimum: 1, maximum: 1, integer: true });
  if (fields.boolean("logprobs")) throw fields.invalid("logprobs", "are not available here");
  for (const name of ["tools", "functions"]) {
    if ((fields.list(name)?.length ?? 0) > 0) {
      throw fields.invalid(
        name,
        "are not available here: describe the call as the schema in `response_format`",
      );
    }
  }
}

interface CompletionHead {
  id: string;
  created: number;
  model: string;
}

/** OpenAI's chunks: the role, the text, the reason for the end, the usage where asked for, `[DONE]`. */
function format(head: CompletionHead, withUsage: boolean): EventFormat {
  const chunk = (delta: Record<string, unknown>, finishReason: string | null = null) =>
    serverSentEvent({
      ...head,
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
      ...(withUsage && { usage: null }),
    });
  const usage = (result: GenerateResult) =>
    serverSentEvent({ ...head, object: "chat.completion.chunk", choices: [], usage: toUsage(result) });
  const done = "data: [DONE]\n\n";
  return {
    start: () => chunk({ role: "assistant", content: "" }),
    delta: (text) => chunk({ content: text }),
    finish: (result) => chunk({}, result.finishReason) + (withUsage ? usage(result) : "") + done,
    error: (error) => serverSentEvent(openaiErrorBody(error)) + done,
  };
}

function toUsage({ usage }: GenerateResult): Record<string, unknown> {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cachedTokens },
    completion_tokens_details: { forced_tokens: usage.forcedTokens },
  };
}
