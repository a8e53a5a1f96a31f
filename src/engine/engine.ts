import type {
  ChatMessage,
  FinishReason,
  JsonValue,
  RequestTimings,
  SamplingSettings,
  SchemaText,
  Tool,
  ToolCall,
  Usage,
} from "../types.js";

/**
 * Requests in, events out. All routes, the command line and the library build a `GenerateRequest` and call
 * `Engine.generate`. Implementations are the embedded engine, which runs llama.cpp in a child process, and the remote engines.
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

  /** Throws `queue_full` if another request could not be queued. Cheap: meant to be called before a body is read. */
  checkCapacity?(): void;

  /** Loads the model if needed and runs a real inference; resolves when the engine is ready. Shared by concurrent callers. */
  warmup(signal?: AbortSignal): Promise<WarmupReport>;

  /** Returns immediately what is known; never loads a model, never waits. */
  status(): EngineStatus;

  /** Counters since the start, for metrics. */
  statistics(): EngineStatistics;

  /** Frees the model's memory; the next request loads the model again. */
  unload(): Promise<void>;

  /** Shuts the engine down, including child processes. */
  close(): Promise<void>;
}

/** One request. Its values have been checked, and the engine trusts them. */
export interface GenerateRequest {
  /** Identifies the request in logs and messages; unique. */
  id: string;
  /** Ends with the user's message, unless `continueAssistant` is set; a system message, if any, comes first. */
  messages: readonly ChatMessage[];
  /** The schema of the document. */
  schema: SchemaText;
  /** Set for an answer that is not a JSON document; replaces `schema`. */
  format?: OutputFormat;
  /** Functions the model may call, and whether it has to. */
  tools?: ToolSettings;
  /** Reasoning before the answer. */
  reasoning?: ReasoningSettings;
  /** Texts that end the answer before they appear in it. They have no effect on constrained answers. */
  stop?: readonly string[];
  /** Reports the log-probability of each token of the answer, with this many alternatives. */
  topLogprobs?: number;
  /** Reports the origin of each token, and which tokens the model preferred. Default false. */
  trace?: boolean;
  /** Maximum number of tool calls in the answer. Default 16. */
  maxToolCalls?: number;
  /** Whether objects with named members may have others. Default `closed`. */
  additionalMembers?: AdditionalMembers;
  /** Documents that the schema refers to, by absolute URI. */
  documents?: Readonly<Record<string, SchemaText>>;
  /** The last message is the assistant's and is continued, not answered. */
  continueAssistant?: boolean;
  /** Maximum number of completion tokens; the document is complete within it. */
  maxTokens: number;
  /** How tokens are sampled. */
  sampling: SamplingSettings;
  /** The requested model. Default: the engine's own. Unknown names are rejected with `unknown_model`. */
  model?: string;
  /** Whether the prompt describes the schema. Default true. */
  schemaInPrompt?: boolean;
  /**
   * The caller forwards deltas immediately, so they cannot be taken back. Otherwise a remote engine, whose server may
   * violate the schema, emits the text only after it has been validated. Default false.
   */
  incremental?: boolean;
  /** `free`: no mask at all (benchmarks only; the output is text). Default `schema`. */
  constraint?: "schema" | "free";
  /** Milliseconds after arrival at which the request fails with `timeout`. */
  deadlineMs?: number;
}

/** `closed`: objects with named members get no others. `schema`: whatever the schema permits, as in the specification. */
export type AdditionalMembers = "closed" | "schema";

/** The format of an answer that is not a JSON document. */
export type OutputFormat =
  | { kind: "text" }
  /** The whole text matches this ECMA-262 pattern. */
  | { kind: "regex"; pattern: string }
  | { kind: "choice"; choices: readonly string[] };

export interface ToolSettings {
  tools: readonly Tool[];
  /** `auto`: the model chooses between text and calls. `required`: at least one call. A name: one call of that tool. */
  choice: "auto" | "none" | "required" | { name: string };
  /** Whether an answer may contain several calls. */
  parallel: boolean;
}

export interface ReasoningSettings {
  enabled: boolean;
  /** Tokens after which reasoning is closed, to leave room for the answer. */
  maxTokens?: number;
  /** For chat templates that support it. */
  effort?: "minimal" | "low" | "medium" | "high" | "xhigh" | "max";
}

/** `delta` is text of the answer itself. Reasoning and calls are separate events; calls come one after the other, in order. */
export type EngineEvent =
  | { type: "start"; promptTokens: number; cachedTokens: number }
  | { type: "delta"; text: string; logprobs?: readonly TokenLogprob[] }
  | { type: "reasoning"; text: string }
  | { type: "toolCall"; index: number; id: string; name: string }
  | { type: "toolArguments"; index: number; text: string }
  | ({ type: "trace" } & TraceStep)
  | { type: "finish"; result: GenerateResult };

export interface TokenLogprob {
  token: string;
  bytes: readonly number[];
  /** In the model's own distribution, before the mask. */
  logprob: number;
  /** Among the tokens that the mask permits; 0 for a forced token. */
  maskedLogprob: number;
  forced: boolean;
  top: readonly { token: string; bytes: readonly number[]; logprob: number; allowed: boolean }[];
}

/**
 * The origin of a token. `sampled`: sampled from the model's distribution. `changed`: also sampled, but the mask excluded the
 * most probable token. `forced`: the only token that the mask permitted, so not sampled. `closed`: written by the engine to
 * end the document within the budget.
 */
export type TokenOrigin = "sampled" | "changed" | "forced" | "closed";

/** The tokens that one step added to an answer: at most one sampled token, and the tokens forced after it. */
export interface TraceStep {
  /** Milliseconds from the request's arrival. */
  atMs: number;
  tokens: readonly TracedToken[];
}

/** A generated token. All `text` concatenated is the model's complete output, including the markup of calls and reasoning. */
export interface TracedToken {
  /** Empty if the token is an incomplete part of a character. */
  text: string;
  origin: TokenOrigin;
  /** Set for a sampled token. */
  choice?: Pick<TokenLogprob, "logprob" | "maskedLogprob" | "top">;
}

/** A finished answer, accepted by the independent validator. */
export interface GenerateResult {
  /** The document as generated, with every digit and the order of its members. */
  text: string;
  /** The document as a JavaScript value, with long numbers rounded. If the answer is not a JSON document, its text. */
  output: JsonValue;
  /** Why generation ended. */
  finishReason: FinishReason;
  /** Tokens of the prompt and of the answer. */
  usage: Usage;
  /** Times of the stages. */
  timings: RequestTimings;
  /** The model that answered. */
  model: string;
  /** Number of attempts; above 1 only with remote engines. */
  attempts: number;
  /** Tool calls, in order. */
  toolCalls?: readonly ToolCall[];
  /** The reasoning before the answer. */
  reasoning?: string;
  /** The stop text that ended the answer, if known. */
  stopText?: string;
  /** Of each token of the answer, if requested. */
  logprobs?: readonly TokenLogprob[];
  /** Set if the trace was not sent as events: see `incremental`. */
  trace?: readonly TraceStep[];
  /** Names on `/generate` of fields that were accepted but had no effect; `messages`: the assistant's last message was not continued. */
  ignored?: readonly string[];
}

/** `idle`: nothing loaded. `ready`: a warm-up inference has finished. `failed`: loading failed, `error` says why. */
export type EngineState = "idle" | "loading" | "ready" | "failed";

/** The current state of an engine. */
export interface EngineStatus {
  /** Whether the model is loaded. */
  state: EngineState;
  /** The model it serves. */
  model: string;
  /** Names of other models that can be requested, such as adapters of a remote engine. */
  otherModels?: readonly string[];
  /** Whether the model is in memory. */
  modelLoaded: boolean;
  /** Maximum tokens of prompt and answer of a request, once known. */
  contextLength?: number;
  /** The stage of loading: `download`, `load`, `context`, `warmup`. */
  stage?: string;
  /** Progress of the stage, 0 to 1, if known. */
  progress?: number;
  /** Why loading failed, if it did. */
  error?: string;
  /** Seconds after which to ask again, while not ready. */
  retryAfterSeconds?: number;
}

/** Times of loading the model. */
export interface WarmupReport {
  /** The model that is loaded. */
  model: string;
  /** Milliseconds; 0 if the model was already loaded. */
  loadMs: number;
  /** Milliseconds by stage: `download`, `process`, `load`, `context`, `warmup`. */
  stages: Record<string, number>;
}

/** Counters since the engine was created, and its current load. */
export interface EngineStatistics {
  /** Requests accepted. */
  requests: number;
  /** Requests that ended in an error. */
  failures: number;
  /** Requests that their callers cancelled. */
  cancellations: number;
  /** Prompt tokens of all requests. */
  promptTokens: number;
  /** Prompt tokens found in the KV cache. */
  cachedTokens: number;
  /** Completion tokens of all requests. */
  completionTokens: number;
  /** Completion tokens that a schema forced. */
  forcedTokens: number;
  /** Masks computed. */
  masks: number;
  /** Time spent on masks. */
  maskMicroseconds: number;
  /** Time spent inside the runtime's `decode`. */
  decodeMicroseconds: number;
  /** Time spent in the decode loop as a whole. */
  stepMicroseconds: number;
  /** Requests waiting for a free sequence. */
  queued: number;
  /** Requests being generated. */
  active: number;
  /** Requests that can be generated at the same time. */
  maxSequences: number;
  /** Restarts of the engine process after it died. */
  restarts: number;
  /** Resident memory of the engine process, in bytes. */
  memoryBytes: number;
  /** The largest resident memory of the engine process so far, in bytes. */
  peakMemoryBytes: number;
  /** Repeated attempts of remote engines after invalid answers. */
  repairs: number;
}
