import { REQUEST_DEFAULTS } from "../../engine/index.js";
import { ERROR_CODES } from "../../errors.js";

const string = { type: "string" };
const boolean = { type: "boolean" };
const count = { type: "integer", minimum: 0 };
const milliseconds = { type: "number", minimum: 0, description: "Milliseconds." };
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** An object whose members are all there, but for those named in `optional`; more may come. */
function object(properties: Record<string, unknown>, optional: string[] = []): Record<string, unknown> {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required };
}

const jsonSchema = {
  type: ["object", "boolean"],
  description: "JSON Schema of any draft from 4 to 2020-12; `$schema` names it, 2020-12 else.",
};

const settings = {
  max_tokens: {
    type: "integer",
    minimum: 1,
    default: REQUEST_DEFAULTS.maxTokens,
    description: "Never cuts the document: it is closed in time.",
  },
  temperature: {
    type: "number",
    minimum: 0,
    maximum: 2,
    default: REQUEST_DEFAULTS.temperature,
    description: "0 is greedy.",
  },
  top_p: { type: "number", minimum: 0, maximum: 1, default: REQUEST_DEFAULTS.topP },
  seed: { type: "integer", description: "Same seed, same request, same machine: same answer." },
  stream: { type: "boolean", default: false },
};

const failure = {
  status: { type: "integer", minimum: 400, maximum: 599 },
  code: { enum: Object.keys(ERROR_CODES) },
  pointer: { type: "string", description: "JSON pointer into the schema or the body: what is at fault." },
  keyword: { type: "string", description: "The schema keyword at fault." },
  retry_after: { type: "number", description: "Seconds." },
};
const failureOptional = ["pointer", "keyword", "retry_after"];

const finishReason = {
  enum: ["stop", "length"],
  description: "`length`: closed early because the budget was near; the document is whole all the same.",
};

/** The shapes that `/openapi.json` refers to. Requests allow further members, which are ignored. */
export const schemas: Record<string, Record<string, unknown>> = {
  GenerateRequest: {
    ...object(
      {
        prompt: { type: "string", minLength: 1 },
        schema: jsonSchema,
        system: string,
        model: string,
        ...settings,
      },
      ["system", "model", ...Object.keys(settings)],
    ),
    examples: [
      {
        prompt: "Ada Lovelace, born in London in 1815",
        schema: {
          type: "object",
          properties: { name: { type: "string" }, birth_year: { type: "integer" } },
          required: ["name", "birth_year"],
        },
      },
    ],
  },
  Answer: {
    ...object({
      output: { description: "The document. The configuration key `aliases` names members that repeat it." },
      tokens_used: count,
      generation_time_ms: milliseconds,
      finish_reason: finishReason,
      usage: object({
        prompt_tokens: count,
        cached_tokens: count,
        completion_tokens: count,
        forced_tokens: count,
      }),
      timings: object({
        queue_ms: milliseconds,
        compile_ms: milliseconds,
        prefill_ms: milliseconds,
        first_token_ms: milliseconds,
        decode_ms: milliseconds,
      }),
      model: string,
      request_id: string,
    }),
  },
  Failure: object({ error: string, ...failure }, failureOptional),
  Health: object(
    {
      status: { const: "healthy" },
      engine: { enum: ["idle", "loading", "ready", "failed"] },
      model: string,
      model_loaded: boolean,
      version: string,
      stage: string,
      progress: { type: "number", minimum: 0, maximum: 1 },
      error: string,
    },
    ["stage", "progress", "error"],
  ),
  Ready: object({ status: { const: "ready" }, model: string }),
  Warm: object({
    status: { const: "warm" },
    model_loaded: { const: true },
    model: string,
    ready_for_requests: { const: true },
    load_ms: milliseconds,
    stages: { type: "object", additionalProperties: milliseconds },
  }),
  Warming: object({ status: { const: "warming" }, model: string }),
  Model: object({ id: string, object: { const: "model" }, created: count, owned_by: string }),
  ModelList: object({ object: { const: "list" }, data: { type: "array", items: reference("Model") } }),
  ChatCompletionRequest: object(
    {
      messages: {
        type: "array",
        minItems: 1,
        items: object({
          role: { enum: ["system", "developer", "user", "assistant"] },
          content: {
            anyOf: [string, { type: "array", items: object({ type: { const: "text" }, text: string }) }],
          },
        }),
      },
      response_format: {
        anyOf: [
          object({
            type: { const: "json_schema" },
            json_schema: object({ name: string, schema: jsonSchema, strict: boolean }, ["name", "strict"]),
          }),
          object({ type: { const: "json_object" } }),
        ],
      },
      model: string,
      max_completion_tokens: settings.max_tokens,
      stream_options: object({ include_usage: boolean }, ["include_usage"]),
      ...settings,
    },
    ["model", "max_completion_tokens", "stream_options", ...Object.keys(settings)],
  ),
  ChatCompletion: object({
    id: string,
    object: { const: "chat.completion" },
    created: count,
    model: string,
    choices: {
      type: "array",
      items: object({
        index: count,
        message: object({
          role: { const: "assistant" },
          content: { type: "string", description: "The document as JSON text." },
          refusal: { type: "null" },
        }),
        logprobs: { type: "null" },
        finish_reason: finishReason,
      }),
    },
    usage: object({
      prompt_tokens: count,
      completion_tokens: count,
      total_tokens: count,
      prompt_tokens_details: object({ cached_tokens: count }),
      completion_tokens_details: object({ forced_tokens: count }),
    }),
  }),
  OpenaiFailure: object(
    {
      error: object({ message: string, type: string, code: string, param: { type: ["string", "null"] } }),
      ...failure,
    },
    failureOptional,
  ),
};
