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

  /** Throws `queue_full` where another request would find no place to wait. Costs nothing; for the moment before a body is read. */
  checkCapacity?(): void;

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

/** One request, checked: an engine trusts its values. */
export interface GenerateRequest {
  /** Names the request in logs and messages; unique. */
  id: string;
  /** Ends with the user's turn; a system message, if any, comes first. */
  messages: readonly ChatMessage[];
  /** What the document must be valid against. */
  schema: SchemaText;
  /** What is held to something other than one JSON document; takes the place of `schema`. */
  format?: OutputFormat;
  /** Functions the model may call, and whether it has to. */
  tools?: ToolSettings;
  /** Thinking before the answer. */
  reasoning?: ReasoningSettings;
  /** Texts that end the answer where they would appear; they are not part of it. Never inside a constrained document. */
  stop?: readonly string[];
  /** Report the log-probability of each token of the answer, with this many alternatives. Undefined: none. */
  topLogprobs?: number;
  /** Report how each token came about, and what the model preferred. Default false. */
  trace?: boolean;
  /** Calls of tools that the answer may hold; 16 where it is left out. */
  maxToolCalls?: number;
  /** Whether objects that name members may have others. Default `closed`. */
  additionalMembers?: AdditionalMembers;
  /** Documents that the schema refers to, by absolute URI. */
  documents?: Readonly<Record<string, SchemaText>>;
  /** The last message is the assistant's and is continued, not answered. */
  continueAssistant?: boolean;
  /** Completion tokens at most; the document is complete within them. */
  maxTokens: number;
  /** How tokens are drawn. */
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

/** `closed`: an object that names members is written with those only. `schema`: as the specification has it, open. */
export type AdditionalMembers = "closed" | "schema";

/** What the answer is held to where that is not one JSON document. */
export type OutputFormat =
  | { kind: "text" }
  /** The whole text matches this ECMA-262 pattern. */
  | { kind: "regex"; pattern: string }
  | { kind: "choice"; choices: readonly string[] };

export interface ToolSettings {
  tools: readonly Tool[];
  /** `auto`: text or calls, as the model likes. `required`: at least one call. A name: that tool, once. */
  choice: "auto" | "none" | "required" | { name: string };
  /** Whether one answer may hold several calls. */
  parallel: boolean;
}

export interface ReasoningSettings {
  enabled: boolean;
  /** Tokens after which thinking is closed, so that room is left for the answer. */
  maxTokens?: number;
  /** For chat templates that know it. */
  effort?: "minimal" | "low" | "medium" | "high" | "xhigh" | "max";
}

/** `delta` is the answer's own text; reasoning and calls come as parts of their own, calls in order, one after the other. */
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
  /** Of the model's own distribution, before the mask. */
  logprob: number;
  /** Of what the mask left; 0 for a forced token. */
  maskedLogprob: number;
  forced: boolean;
  top: readonly { token: string; bytes: readonly number[]; logprob: number; allowed: boolean }[];
}

/**
 * How a token came about. `sampled`: drawn from the model's distribution. `changed`: the same, but the token that the model
 * held most probable was not allowed. `forced`: nothing else was possible, so the model was not asked. `closed`: written by
 * the engine to end the document within the budget.
 */
export type TokenOrigin = "sampled" | "changed" | "forced" | "closed";

/** The tokens that one step of the engine added to an answer: at most one that was sampled, and what it forces. */
export interface TraceStep {
  /** Milliseconds from the request's arrival. */
  atMs: number;
  tokens: readonly TracedToken[];
}

/** A token of everything the model wrote, the markup of calls and reasoning included. All `text` together is that text. */
export interface TracedToken {
  /** Empty where the token only begins a character. */
  text: string;
  origin: TokenOrigin;
  /** Of a token that was sampled. */
  choice?: Pick<TokenLogprob, "logprob" | "maskedLogprob" | "top">;
}

/** A finished answer, accepted by the independent validator. */
export interface GenerateResult {
  /** The document as it was written: every digit, names in their order. */
  text: string;
  /** The document as JavaScript sees it: long numbers are rounded. Where the answer is not a JSON document, the text. */
  output: JsonValue;
  /** Why generation ended. */
  finishReason: FinishReason;
  /** Tokens of the prompt and of the answer. */
  usage: Usage;
  /** Where the time went. */
  timings: RequestTimings;
  /** The model that answered. */
  model: string;
  /** Tries it took; more than 1 only with remote engines. */
  attempts: number;
  /** Calls of tools, in order. */
  toolCalls?: readonly ToolCall[];
  /** The reasoning before the answer. */
  reasoning?: string;
  /** The stop text that ended the answer, where that is known. */
  stopText?: string;
  /** Of each token of the answer, where they were asked for. */
  logprobs?: readonly TokenLogprob[];
  /** Where the caller has not had it in events: see `incremental`. */
  trace?: readonly TraceStep[];
  /** Wire names of fields that were taken but not honoured. */
  ignored?: readonly string[];
}

/** `idle`: nothing loaded. `ready`: a warm-up inference has finished. `failed`: loading failed, `error` says why. */
export type EngineState = "idle" | "loading" | "ready" | "failed";

/** What an engine is doing at this moment. */
export interface EngineStatus {
  /** Whether it can generate. */
  state: EngineState;
  /** The model it serves. */
  model: string;
  /** Names of further models that can be asked for, such as adapters that a remote engine serves. */
  otherModels?: readonly string[];
  /** Whether the model is in memory. */
  modelLoaded: boolean;
  /** What it is doing while `loading`: `download`, `load`, `context`, `warmup`. */
  stage?: string;
  /** Share of the stage that is done, 0 ... 1, where it is known. */
  progress?: number;
  /** Why loading failed, where it did. */
  error?: string;
  /** Seconds after which asking again makes sense, while not ready. */
  retryAfterSeconds?: number;
}

/** What loading the model took. */
export interface WarmupReport {
  /** The model that is loaded. */
  model: string;
  /** 0 when it was warm already. */
  loadMs: number;
  /** Milliseconds by stage: `download`, `process`, `load`, `context`, `warmup`. */
  stages: Record<string, number>;
}

/** Counters since the engine was created, and its present load. */
export interface EngineStatistics {
  /** Requests accepted. */
  requests: number;
  /** Requests that ended in an error. */
  failures: number;
  /** Requests that their callers cancelled. */
  cancellations: number;
  /** Prompt tokens of all requests. */
  promptTokens: number;
  /** Prompt tokens whose KV cells were reused. */
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
  /** Times the engine process was started again after it ended unexpectedly. */
  restarts: number;
  /** Resident memory of the engine process, in bytes. */
  memoryBytes: number;
  /** The largest resident memory of the engine process so far, in bytes. */
  peakMemoryBytes: number;
  /** Further tries made by remote engines after an invalid answer. */
  repairs: number;
}
