import { randomUUID } from "node:crypto";
import {
  buildRequest,
  createEngine,
  type Engine,
  type EngineOptions,
  type GenerateResult,
  REQUEST_DEFAULTS,
  type RequestValues,
} from "./engine/index.js";
import { FormworkError } from "./errors.js";
import { parseJson, toDocumentTexts, toJavaScript, toSchemaText, withDistinctNames } from "./json/index.js";
import type { ChatMessage, JsonSchema, JsonValue, SchemaText } from "./types.js";

/** Input of `generate`. Settings have the names and defaults of docs/request-fields.md. */
export interface GenerateInput extends Omit<RequestValues, "documents"> {
  /** The user's message, or a conversation that ends with one. */
  prompt: string | readonly ChatMessage[];
  /** A system message. */
  system?: string;
  /** A JSON Schema, or its JSON text, which preserves long numbers and the order of integer-like names. */
  schema: JsonSchema | SchemaText;
  /** Documents that the schema refers to, by absolute URI. */
  documents?: Readonly<Record<string, JsonSchema | SchemaText>>;
  /** Cancels the request. */
  signal?: AbortSignal;
  /** Whether integers that a double would round are bigints in `output`. Default false. */
  bigints?: boolean;
  /** Called with each piece of the document as it is generated. */
  onDelta?: (text: string) => void;
  /** The engine to use, or the options of an engine for this call only. Default: an embedded engine. */
  engine?: Engine | EngineOptions;
}

/** The answer of `generate`. */
export type Generated = GenerateResult;

/**
 * Generates one document: prompt and schema in, valid JSON out. Without an engine, the model is loaded for this call and freed
 * afterwards; to generate several documents, create an engine with `createEngine`.
 * Throws `FormworkError`.
 */
export async function generate(input: GenerateInput): Promise<Generated> {
  const schema = withDistinctNames(toSchemaText(input.schema));
  const documents = input.documents === undefined ? undefined : toDocumentTexts(input.documents);
  const given = input.engine;
  const isEngine = given !== undefined && "generate" in given;
  const engine = isEngine
    ? given
    : createEngine({ maxSequences: 1, contextLength: contextFor(input), ...given });
  try {
    const request = buildRequest(
      { id: randomUUID(), messages: messagesOf(input), schema },
      { ...input, documents },
    );
    for await (const event of engine.generate(request, input.signal)) {
      if (event.type === "delta") input.onDelta?.(event.text);
      else if (event.type === "finish") return input.bigints ? withBigints(event.result) : event.result;
    }
    throw new FormworkError("internal", "The engine ended without a document.");
  } finally {
    if (!isEngine) await engine.close();
  }
}

function withBigints(result: GenerateResult): GenerateResult {
  return { ...result, output: toJavaScript(parseJson(result.text), { bigints: true }) as JsonValue };
}

/** Tokens for this one document: the less context, the sooner the model is loaded. Text has fewer tokens than characters. */
function contextFor(input: GenerateInput): number | undefined {
  const texts = messagesOf(input).map(({ content }) => content.length);
  const most =
    texts.reduce((sum, length) => sum + length, 1500) + (input.maxTokens ?? REQUEST_DEFAULTS.maxTokens);
  return most <= 4096 ? 4096 : undefined;
}

function messagesOf({ prompt, system }: GenerateInput): ChatMessage[] {
  const turns: readonly ChatMessage[] =
    typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;
  return system === undefined ? [...turns] : [{ role: "system", content: system }, ...turns];
}
