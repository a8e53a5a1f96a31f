import { ERROR_CODES } from "../../errors.js";
import type { ServerConfig } from "../config.js";
import { schemas } from "./schemas.js";

/** What `/openapi.json` answers: every route, what it takes and what it answers, failures included. */
export function openapiDocument(config: Pick<ServerConfig, "version" | "apiKeys">): Record<string, unknown> {
  const secured = config.apiKeys.length > 0;
  return {
    openapi: "3.1.0",
    info: {
      title: "Formwork",
      version: config.version,
      description: "A prompt and a JSON Schema in, JSON that is valid against it out.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: secured ? [{ key: [] }] : [],
    paths,
    components: {
      schemas,
      ...(secured && { securitySchemes: { key: { type: "http", scheme: "bearer" } } }),
    },
  };
}

const json = (name: string) => ({ "application/json": { schema: { $ref: `#/components/schemas/${name}` } } });
const answer = (description: string, name: string) => ({ description, content: json(name) });
const events = (description: string) => ({ schema: { type: "string", description } });

const requestId = {
  name: "x-request-id",
  in: "header",
  required: false,
  schema: { type: "string", pattern: "^[\\w.:-]{1,128}$" },
  description: "Comes back in the answer's header of the same name; made up where absent.",
};

/** The failures a generation can end in, by status, with the codes that `code` may hold. */
function failures(schema: string): Record<string, unknown> {
  const byStatus = new Map<number, string[]>();
  for (const [code, { status }] of Object.entries(ERROR_CODES)) {
    if (code === "wrong_usage" || code === "method_not_allowed" || code === "cancelled") continue;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      ...answer(codes.join(", "), schema),
      ...(status === 503 && {
        headers: { "Retry-After": { schema: { type: "integer" }, description: "Seconds." } },
      }),
    },
  ]);
  return Object.fromEntries(entries);
}

const paths = {
  "/generate": {
    post: {
      operationId: "generate",
      summary: "One document that is valid against the schema",
      parameters: [requestId],
      requestBody: { required: true, content: json("GenerateRequest") },
      responses: {
        "200": {
          description: "The document; with `stream`, events that end with `finish` or `error`.",
          content: {
            ...json("Answer"),
            "text/event-stream": events(
              "`start`, any number of `delta` {text}, then `finish` (an Answer) or `error` (a Failure).",
            ),
          },
        },
        ...failures("Failure"),
      },
    },
  },
  "/health": {
    get: {
      operationId: "health",
      summary: "A sign of life that never loads a model",
      security: [],
      responses: { "200": answer("The server answers.", "Health") },
    },
  },
  "/ready": {
    get: {
      operationId: "ready",
      summary: "Whether a warm-up inference has finished",
      responses: {
        "200": answer("Ready.", "Ready"),
        "503": answer("Not ready; `Retry-After` says when to ask again.", "Failure"),
      },
    },
  },
  "/warmup": {
    get: {
      operationId: "warmup",
      summary: "Loads the model where needed and answers when it is ready",
      parameters: [{ name: "wait", in: "query", schema: { enum: ["true", "false"], default: "true" } }],
      responses: {
        "200": answer("Warm.", "Warm"),
        "202": answer("With `wait=false`: on its way.", "Warming"),
        "500": answer("The model cannot be loaded.", "Failure"),
        "503": answer("The engine is not available.", "Failure"),
      },
    },
  },
  "/metrics": {
    get: {
      operationId: "metrics",
      summary: "Measurements in the Prometheus format",
      responses: { "200": { description: "Metrics.", content: { "text/plain": events("Metrics.") } } },
    },
  },
  "/openapi.json": {
    get: {
      operationId: "openapi",
      summary: "This document",
      responses: { "200": { description: "OpenAPI 3.1.", content: { "application/json": {} } } },
    },
  },
  "/": {
    get: {
      operationId: "page",
      summary: "A page to try prompts and schemas on",
      security: [],
      responses: { "200": { description: "The page.", content: { "text/html": {} } } },
    },
  },
  "/v1/models": {
    get: {
      operationId: "listModels",
      summary: "The served model, as OpenAI's clients list it",
      responses: { "200": answer("One model.", "ModelList") },
    },
  },
  "/v1/models/{id}": {
    get: {
      operationId: "retrieveModel",
      summary: "The served model by its name",
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
      responses: {
        "200": answer("The model.", "Model"),
        "404": answer("Another name.", "OpenaiFailure"),
      },
    },
  },
  "/v1/chat/completions": {
    post: {
      operationId: "createChatCompletion",
      summary: "The same engine for OpenAI's clients",
      parameters: [requestId],
      requestBody: { required: true, content: json("ChatCompletionRequest") },
      responses: {
        "200": {
          description: "The completion; with `stream`, chunks that end with `[DONE]`.",
          content: { ...json("ChatCompletion"), "text/event-stream": events("Chunks, then `[DONE]`.") },
        },
        ...failures("OpenaiFailure"),
      },
    },
  },
};
