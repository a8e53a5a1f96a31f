import { randomInt } from "node:crypto";
import { type GenerateRequest, REQUEST_DEFAULTS } from "../engine/index.js";
import type { ChatMessage, SchemaText } from "../types.js";
import type { ServerConfig } from "./config.js";
import type { Fields } from "./fields.js";

/** What a caller asked for, whichever route it came by. */
export interface GenerationInput {
  messages: readonly ChatMessage[];
  schema: SchemaText;
  documents: Readonly<Record<string, SchemaText>> | undefined;
  maxTokens: number | undefined;
  temperature: number | undefined;
  topP: number | undefined;
  seed: number | undefined;
  model: string | undefined;
}

/** The one way from a route to the engine: fills in the defaults and the server's limits. */
export function toGenerateRequest(
  id: string,
  input: GenerationInput,
  config: Pick<ServerConfig, "maxTokensLimit" | "requestTimeoutMs">,
): GenerateRequest {
  return {
    id,
    messages: input.messages,
    schema: input.schema,
    ...(input.documents === undefined ? {} : { documents: input.documents }),
    maxTokens: input.maxTokens ?? Math.min(REQUEST_DEFAULTS.maxTokens, config.maxTokensLimit),
    sampling: {
      temperature: input.temperature ?? REQUEST_DEFAULTS.temperature,
      topP: input.topP ?? REQUEST_DEFAULTS.topP,
      topK: 0,
      minP: 0,
      repetitionPenalty: 1,
      seed: input.seed ?? randomInt(2 ** 32),
    },
    ...(input.model === undefined ? {} : { model: input.model }),
    deadlineMs: config.requestTimeoutMs,
  };
}

/** The settings that every generation route spells the same. Throws `invalid_request` with the field's pointer. */
export function readSettings(
  fields: Fields,
  maxTokensLimit: number,
): Pick<GenerationInput, "temperature" | "topP" | "seed" | "model" | "maxTokens" | "documents"> {
  return {
    documents: fields.schemas("documents"),
    maxTokens: fields.number("max_tokens", { minimum: 1, maximum: maxTokensLimit, integer: true }),
    temperature: fields.number("temperature", { minimum: 0, maximum: 2 }),
    topP: fields.number("top_p", { minimum: 0, maximum: 1 }),
    seed: fields.number("seed", {
      minimum: Number.MIN_SAFE_INTEGER,
      maximum: Number.MAX_SAFE_INTEGER,
      integer: true,
    }),
    model: fields.string("model"),
  };
}
