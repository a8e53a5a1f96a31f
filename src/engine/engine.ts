import type {
  ChatMessage,
  FinishReason,
  JsonSchema,
  JsonValue,
  RequestTimings,
  SamplingSettings,
  Usage,
} from "../types.js";

/**
 * Requests in, events out. The one way in: every route, the command line and the library build a
 * `GenerateRequest` and call `Engine.generate`. Implementations: the embedded llama engine (a process of
 * its own) and the remote engines.
 */
export interface Engine {
  /** `llama`, `vllm`, `sglang`, `llama-server`, `openai`, `formwork`. */
  readonly kind: string;

  /**
   * One document. Yields `start`, any number of `delta`, then `finish`; or throws a `FormworkError`.
   * `finish.result.output` has been accepted by the independent validator. Stopping the iteration or
   * aborting the signal cancels the request and frees what it holds at the next step.
   */
  generate(request: GenerateRequest, signal?: AbortSignal): AsyncIterable<EngineEvent>;

  /** Loads the model if needed and runs a real inference; resolves when the engine is ready. Shared by concurrent callers. */
  warmup(signal?: AbortSignal): Promise<WarmupReport>;

  /** Answers at once from what is known here; never loads a model, never waits. */
  status(): EngineStatus;

  /** Counters since the start, for metrics. */
  statistics(): EngineStatistics;

  /** Gives the model's memory back; the next request loads it again. */
  unload(): Promise<void>;

  /** Ends everything, child processes included. */
  close(): Promise<void>;
}

export interface GenerateRequest {
  id: string;
  /** Ends with the user's turn; a system message, if any, comes first. */
  messages: readonly ChatMessage[];
  schema: JsonSchema;
  maxTokens: number;
  sampling: SamplingSettings;
  /** The model asked for; undefined takes the engine's own. Another name is `unknown_model`. */
  model?: string;
  /** Tell the model the schema in the prompt. Default true. */
  schemaInPrompt?: boolean;
  /**
   * The caller passes deltas on as they come, so they cannot be taken back. Without it a remote engine, whose server may
   * break the schema, hands the text over at the end, when it is known to be valid. Default false.
   */
  incremental?: boolean;
  /** `free`: no mask at all (benchmarks only; the output is text). Default `schema`. */
  constraint?: "schema" | "free";
  /** Milliseconds from arrival until the request fails with `timeout`. */
  deadlineMs?: number;
}

export type EngineEvent =
  | { type: "start"; promptTokens: number; cachedTokens: number }
  | { type: "delta"; text: string }
  | { type: "finish"; result: GenerateResult };

export interface GenerateResult {
  /** The document as written. */
  text: string;
  /** The document as a value. */
  output: JsonValue;
  finishReason: FinishReason;
  usage: Usage;
  timings: RequestTimings;
  model: string;
  /** Tries it took; more than 1 only with remote engines. */
  attempts: number;
}

/** `idle`: nothing loaded. `ready`: a warm-up inference has finished. `failed`: loading failed, `error` says why. */
export type EngineState = "idle" | "loading" | "ready" | "failed";

export interface EngineStatus {
  state: EngineState;
  model: string;
  modelLoaded: boolean;
  /** What it is doing while `loading`: `download`, `load`, `context`, `warmup`. */
  stage?: string;
  /** Share of the stage that is done, 0 ... 1, where it is known. */
  progress?: number;
  error?: string;
  /** Seconds after which asking again makes sense, while not ready. */
  retryAfterSeconds?: number;
}

export interface WarmupReport {
  model: string;
  /** 0 when it was warm already. */
  loadMs: number;
  /** Milliseconds by stage: `download`, `process`, `load`, `context`, `warmup`. */
  stages: Record<string, number>;
}

export interface EngineStatistics {
  requests: number;
  failures: number;
  cancellations: number;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  forcedTokens: number;
  /** Mask computations and their summed time. */
  masks: number;
  maskMicroseconds: number;
  /** Time inside the runtime's `decode`, and all of the decode loop. */
  decodeMicroseconds: number;
  stepMicroseconds: number;
  queued: number;
  active: number;
  maxSequences: number;
  restarts: number;
  /** Resident memory of the engine process and its peak, in bytes. */
  memoryBytes: number;
  peakMemoryBytes: number;
  /** Further tries made by remote engines after an invalid answer. */
  repairs: number;
}
