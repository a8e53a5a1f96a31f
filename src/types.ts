/** Types that cross folders. Behaviour lives elsewhere. */

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** A JSON Schema of any draft: a boolean or an object of keywords. */
export type JsonSchema = boolean | { [keyword: string]: unknown };

/**
 * A JSON Schema as its JSON text. Between folders and processes schemas travel as text: a JavaScript object would round
 * long numbers and put whole-number names first. Edges convert once (`toSchemaText`).
 */
export type SchemaText = string;

/** A schema with what its references may name. */
export interface SchemaSource {
  schemaText: SchemaText;
  /** By absolute URI. */
  documents?: Readonly<Record<string, SchemaText>>;
}

export type ChatRole = "system" | "user" | "assistant" | "tool";

/** One turn of a conversation. */
export interface ChatMessage {
  /** Who speaks. */
  role: ChatRole;
  /** What is said. */
  content: string;
  /** Of an assistant's message: what it thought before it answered. */
  reasoning?: string;
  /** Of an assistant's message: the tools it called. */
  toolCalls?: readonly ToolCall[];
  /** Of a tool's message: the call it answers. */
  toolCallId?: string;
  /** Of a participant, or of the tool. */
  name?: string;
}

/** A function the model may call; its arguments are held to `parameters`. */
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

/** How the next token is drawn from the logits, once the mask has been applied. */
export interface SamplingSettings {
  /** 0 is greedy. */
  temperature: number;
  /** Nucleus: the least set of tokens with this share of the probability. 1 is off. */
  topP: number;
  /** 0 is off. */
  topK: number;
  /** Tokens below this share of the best token's probability are dropped. 0 is off. */
  minP: number;
  /** Divides (or multiplies) the logits of tokens already written. 1 is off. */
  repetitionPenalty: number;
  /** Taken off a token's logit once where it was written (OpenAI). 0 is off. */
  presencePenalty?: number;
  /** Taken off a token's logit for each time it was written (OpenAI). 0 is off. */
  frequencyPenalty?: number;
  /** Added to the logits of tokens, by id. */
  logitBias?: Readonly<Record<number, number>>;
  /** Of the random numbers: the same seed and request draw the same tokens. */
  seed: number;
}

/**
 * `stop`: the model ended the document itself.
 * `length`: the token budget was near and the engine closed the document by its shortest way; it is complete either way.
 */
export type FinishReason = "stop" | "length" | "tool_calls";

/** Tokens of one request. */
export interface Usage {
  /** Tokens of the prompt, chat template included. */
  promptTokens: number;
  /** Prompt tokens whose KV cells were reused. */
  cachedTokens: number;
  /** Tokens of the answer. */
  completionTokens: number;
  /** Completion tokens that the schema forced: decoded in batches, not sampled. */
  forcedTokens: number;
  /** Completion tokens of the reasoning before the answer. */
  reasoningTokens?: number;
}

/** Wall times of one request, in milliseconds. */
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
