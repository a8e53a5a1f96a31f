import type { JsonSchema } from "../types.js";

/**
 * Something that answers requests and can be measured: the embedded engine, a server at an address, or a peer
 * that the bench started itself. Implementations live in `targets/`.
 */
export interface Target {
  /** Unique within a run; the column heading. */
  readonly name: string;
  /** `engine`, `url`, `llama-server`, `node-llama-cpp`. */
  readonly kind: string;
  /** Model, versions, settings: what a reader needs to do the same again. */
  describe(): Promise<Record<string, string | number | boolean>>;
  /** Whether a request would meet a loaded model. Never loads one. */
  isWarm(signal?: AbortSignal): Promise<boolean>;
  /** Loads what is to be loaded; times in milliseconds by stage, as far as the target reports them. */
  warmup(signal?: AbortSignal): Promise<WarmupTimes>;
  /** Gives the model's memory back, for cold starts; absent where the target cannot. */
  cool?(): Promise<void>;
  /** One answer. Throws nothing but the signal's own abort: failures are part of the answer. */
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
  /** Tell the model the schema in the prompt: left to the target where undefined. */
  schemaInPrompt?: boolean;
  /** `free`: without the schema's mask. Default `schema`. */
  constraint?: "schema" | "free";
}

/** What came back, and when. Null stands for what the target does not report. */
export interface TargetAnswer {
  text: string;
  error: { code: string; message: string } | null;
  latency_ms: number;
  first_token_ms: number | null;
  prompt_tokens: number | null;
  cached_tokens: number | null;
  completion_tokens: number | null;
  forced_tokens: number | null;
  /** Tries it took, on the target's side. */
  attempts: number;
  finish_reason: string | null;
  /** Milliseconds by stage: `queue`, `compile`, `prefill`, `decode`. */
  stages: Record<string, number>;
}
