import type { JsonSchema } from "../types.js";

/**
 * Something that answers requests and can be measured: the embedded engine, a server at a URL, or a peer started by the bench.
 * Implementations are in `targets/`.
 */
export interface Target {
  /** Unique within a run; the column heading. */
  readonly name: string;
  /** `engine`, `url`, `llama-server`, `node-llama-cpp`. */
  readonly kind: string;
  /** Model, versions, settings: what is needed to reproduce the measurement. */
  describe(): Promise<Record<string, string | number | boolean>>;
  /** Whether the model is loaded. Never loads one. */
  isWarm(signal?: AbortSignal): Promise<boolean>;
  /** Loads the model; returns times in milliseconds by stage, as far as the target reports them. */
  warmup(signal?: AbortSignal): Promise<WarmupTimes>;
  /** Unloads the model, for cold starts; absent if the target cannot. */
  cool?(): Promise<void>;
  /** Requests one answer. Only throws if the signal aborts: errors are part of the answer. */
  generate(request: TargetRequest, signal?: AbortSignal): Promise<TargetAnswer>;
  close(): Promise<void>;
}

export interface WarmupTimes {
  total_ms: number;
  stages: Record<string, number>;
}

export interface TargetRequest {
  system?: string;
  prompt: string;
  schema: JsonSchema;
  maxTokens: number;
  temperature: number;
  topP: number;
  seed: number;
  /** Whether the prompt describes the schema. Default: the target decides. */
  schemaInPrompt?: boolean;
  /** `free`: without the schema's mask. Default `schema`. */
  constraint?: "schema" | "free";
}

/** An answer with times. Null means not reported by the target. */
export interface TargetAnswer {
  text: string;
  error: { code: string; message: string } | null;
  latency_ms: number;
  first_token_ms: number | null;
  prompt_tokens: number | null;
  cached_tokens: number | null;
  completion_tokens: number | null;
  forced_tokens: number | null;
  /** Number of attempts by the target. */
  attempts: number;
  finish_reason: string | null;
  /** Milliseconds by stage: `queue`, `compile`, `prefill`, `decode`. */
  stages: Record<string, number>;
}
