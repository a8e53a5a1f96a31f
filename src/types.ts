/** Types that several folders share. */

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** A JSON Schema of any draft: a boolean or an object of keywords. */
export type JsonSchema = boolean | { [keyword: string]: unknown };

/**
 * A JSON Schema as JSON text. Schemas are passed between folders and processes as text, since a JavaScript object would round
 * long numbers and move integer-like names to the front. Public functions convert once (`toSchemaText`).
 */
export type SchemaText = string;

/** A schema, and the documents that its references may name. */
export interface SchemaSource {
  schemaText: SchemaText;
  /** By absolute URI. */
  documents?: Readonly<Record<string, SchemaText>>;
}

export type ChatRole = "system" | "user" | "assistant" | "tool";

/** One turn of a conversation. */
export interface ChatMessage {
  /** The author of the message. */
  role: ChatRole;
  /** The text of the message. */
  content: string;
  /** In an assistant's message: the reasoning before the answer. */
  reasoning?: string;
  /** In an assistant's message: its tool calls. */
  toolCalls?: readonly ToolCall[];
  /** In a tool's message: the call it answers. */
  toolCallId?: string;
  /** Name of the participant or the tool. */
  name?: string;
}

/** A function the model may call; `parameters` is the schema of its arguments. */
export interface Tool {
  name: string;
  description?: string;
  parameters: SchemaText;
  strict?: boolean;
}

export interface ToolCall {
  id: string;
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
}

/** How the next token is sampled from the masked logits. */
export interface SamplingSettings {
  /** 0 always picks the most probable token. */
  temperature: number;
  /** Nucleus sampling: the smallest set of tokens with this total probability. 1 turns it off. */
  topP: number;
  /** 0 is off. */
  topK: number;
  /** Drops tokens below this fraction of the most probable token's probability. 0 turns it off. */
  minP: number;
  /** Divides positive logits, and multiplies negative ones, of tokens that already occurred. 1 turns it off. */
  repetitionPenalty: number;
  /** Subtracted from a token's logit if the token already occurred (OpenAI). 0 turns it off. */
  presencePenalty?: number;
  /** Subtracted from a token's logit for each earlier occurrence (OpenAI). 0 turns it off. */
  frequencyPenalty?: number;
  /** Added to the logits of tokens, by token id. */
  logitBias?: Readonly<Record<number, number>>;
  /** Seed of the random numbers: the same seed and request give the same tokens. */
  seed: number;
}

/**
 * `stop`: the model ended the answer. `length`: the token budget changed the answer; a document was closed early and is
 * complete, text is truncated. `tool_calls`: the answer ends with tool calls.
 */
export type FinishReason = "stop" | "length" | "tool_calls";

/** Tokens of one request. */
export interface Usage {
  /** Tokens of the prompt, including the chat template. */
  promptTokens: number;
  /** Prompt tokens found in the KV cache. */
  cachedTokens: number;
  /** Tokens of the answer. */
  completionTokens: number;
  /** Completion tokens that the schema forced: decoded in batches, not sampled. */
  forcedTokens: number;
  /** Completion tokens of the reasoning before the answer. */
  reasoningTokens?: number;
}

/** Elapsed times of one request, in milliseconds. */
export interface RequestTimings {
  /** Waiting for a free sequence. */
  queueMs: number;
  compileMs: number;
  prefillMs: number;
  /** From arrival to the first completion token. */
  firstTokenMs: number;
  decodeMs: number;
  totalMs: number;
}
