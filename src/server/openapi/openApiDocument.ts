import type { ServerConfig } from "../config.js";
import { contracts } from "../surfaces/contracts.js";
import { generateContract } from "../surfaces/generate/contract.js";
import { answer } from "./errorSchemas.js";
import { schemas } from "./schemas.js";

/** The OpenAPI document of `/openapi.json`: all routes with requests, answers and errors. */
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

const events = (description: string) => ({ schema: { type: "string", description } });

const paths = {
  ...Object.fromEntries(contracts.map(({ path, operation }) => [path, { post: operation }])),
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
    // For clients configured with one URL per endpoint.
    post: { ...generateContract.operation, operationId: "generateAtRoot" },
  },
  "/v1/models": {
    get: {
      operationId: "listModels",
      summary: "The served model under each of its names",
      responses: { "200": answer("Its names.", "ModelList") },
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
  "/v1/messages/count_tokens": {
    post: {
      operationId: "countMessageTokens",
      summary: "How many tokens the prompt of a message has, for Anthropic's clients",
      requestBody: {
        required: true,
        content: { "application/json": { schema: { $ref: "#/components/schemas/MessageRequest" } } },
      },
      responses: {
        "200": answer("The tokens.", "AnthropicTokenCount"),
        "400": answer("The request is invalid.", "AnthropicFailure"),
      },
    },
  },
  "/api/tags": {
    get: {
      operationId: "ollamaTags",
      summary: "The served model, for Ollama's clients",
      responses: { "200": answer("Its names.", "OllamaTags") },
    },
  },
  "/api/ps": {
    get: {
      operationId: "ollamaPs",
      summary: "The model that is loaded, for Ollama's clients",
      responses: { "200": answer("The models that are loaded.", "OllamaTags") },
    },
  },
  "/api/show": {
    post: {
      operationId: "ollamaShow",
      summary: "The served model by its name, for Ollama's clients",
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: { type: "object", properties: { model: { type: "string" } } } },
        },
      },
      responses: { "200": answer("The model.", "OllamaModel"), "404": answer("Another name.", "Failure") },
    },
  },
  "/api/version": {
    get: {
      operationId: "ollamaVersion",
      summary: "The version of Ollama whose API this server has, for Ollama's clients, and its own",
      responses: { "200": answer("The version.", "OllamaVersion") },
    },
  },
};
