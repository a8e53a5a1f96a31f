import type {
  Engine,
  EngineEvent,
  EngineStatistics,
  EngineStatus,
  GenerateRequest,
  GenerateResult,
  TokenLogprob,
  TraceStep,
} from "../../engine/index.js";
import { FormworkError } from "../../errors.js";
import type { ToolCall } from "../../types.js";

/** What the model is made to say, in this order. */
export interface FakeAnswer {
  reasoning?: string;
  text?: string;
  calls?: readonly ToolCall[];
  /** How it was written, in place of a step for every four characters. */
  trace?: readonly TraceStep[];
  /** The stop text that ended it. */
  stopText?: string;
}

export interface FakeEngineOptions extends FakeAnswer {
  /** In place of the members above: an answer for each request. */
  answer?: (request: GenerateRequest) => FakeAnswer;
  kind?: string;
  /** Fields that it says it did not honour. */
  ignored?: readonly string[];
  /** Milliseconds between two deltas; a delta is four characters. */
  delayMs?: number;
  /** Thrown after `failAfter` deltas; 0 is before the first event. */
  fail?: unknown;
  failAfter?: number;
  status?: Partial<EngineStatus>;
  finishReason?: "stop" | "length" | "tool_calls";
}

/** Keeps to the engine's contract without a model, and remembers what it was asked. */
export class FakeEngine implements Engine {
  readonly kind: string;
  readonly requests: GenerateRequest[] = [];
  readonly counters: EngineStatistics = {
    requests: 0,
    failures: 0,
    cancellations: 0,
    promptTokens: 0,
    cachedTokens: 0,
    completionTokens: 0,
    forcedTokens: 0,
    masks: 0,
    maskMicroseconds: 0,
    decodeMicroseconds: 0,
    stepMicroseconds: 0,
    queued: 0,
    active: 0,
    maxSequences: 4,
    restarts: 0,
    memoryBytes: 0,
    peakMemoryBytes: 0,
    repairs: 0,
  };
  current: EngineStatus;
  closed = false;
  /** Another request finds no place. */
  full = false;
  private readonly options: FakeEngineOptions;

  constructor(options: FakeEngineOptions = {}) {
    this.options = options;
    this.kind = options.kind ?? "llama";
    this.current = { state: "ready", model: "fake", modelLoaded: true, ...options.status };
  }

  checkCapacity(): void {
    if (this.full) throw new FormworkError("queue_full", "The engine is busy.", { retryAfterSeconds: 1 });
  }

  async *generate(request: GenerateRequest, signal?: AbortSignal): AsyncGenerator<EngineEvent> {
    const { delayMs = 0, fail, failAfter = 0 } = this.options;
    const answer = {
      text: this.options.calls === undefined ? '{"name":"Ada"}' : "",
      ...this.options,
      ...this.options.answer?.(request),
    };
    this.requests.push(request);
    this.counters.requests++;
    this.counters.active++;
    try {
      if (request.model !== undefined && request.model !== this.current.model) {
        throw new FormworkError("unknown_model", `The model ${request.model} is not served here.`);
      }
      if (fail !== undefined && failAfter === 0) throw fail;
      yield { type: "start", promptTokens: 7, cachedTokens: 2 };
      const events = eventsOf(answer, request);
      for (const [index, event] of events.entries()) {
        if (event.type !== "trace") await pause(delayMs, signal);
        if (fail !== undefined && index === failAfter) throw fail;
        yield event;
      }
      const completionTokens = events.filter(({ type }) => type !== "trace").length;
      this.counters.completionTokens += completionTokens;
      yield { type: "finish", result: this.result(answer, request, completionTokens) };
    } catch (thrown) {
      this.counters[signal?.aborted ? "cancellations" : "failures"]++;
      throw thrown;
    } finally {
      this.counters.active--;
    }
  }

  async warmup(signal?: AbortSignal) {
    await pause(this.options.delayMs ?? 0, signal);
    if (this.options.fail !== undefined) throw this.options.fail;
    this.current = { ...this.current, state: "ready", modelLoaded: true };
    return { model: this.current.model, loadMs: 12, stages: { load: 10, warmup: 2 } };
  }

  status(): EngineStatus {
    return this.current;
  }

  statistics(): EngineStatistics {
    return this.counters;
  }

  async unload(): Promise<void> {}

  async close(): Promise<void> {
    this.closed = true;
  }

  private result(
    { text, reasoning, calls, stopText }: FakeAnswer,
    request: GenerateRequest,
    completionTokens: number,
  ): GenerateResult {
    const { finishReason = calls === undefined ? "stop" : "tool_calls" } = this.options;
    return {
      text: text ?? "",
      output: toValue(text ?? "", request),
      finishReason,
      usage: {
        promptTokens: 7,
        cachedTokens: 2,
        completionTokens,
        forcedTokens: 1,
        ...(reasoning !== undefined && { reasoningTokens: pieces(reasoning).length }),
      },
      timings: { queueMs: 0, compileMs: 1, prefillMs: 2, firstTokenMs: 3, decodeMs: 4, totalMs: 7.125 },
      model: this.current.model,
      attempts: 1,
      ...(this.options.ignored !== undefined && { ignored: this.options.ignored }),
      ...(reasoning !== undefined && { reasoning }),
      ...(stopText !== undefined && { stopText }),
      ...(calls !== undefined && { toolCalls: calls }),
      ...(request.topLogprobs !== undefined && { logprobs: pieces(text ?? "").map(toLogprob) }),
      ...(request.trace === true && !request.incremental && { trace: pieces(text ?? "").map(toTraceStep) }),
    };
  }
}

/** Where the answer is not a JSON document, the text. */
function toValue(text: string, { format }: GenerateRequest): GenerateResult["output"] {
  return format === undefined && text !== "" ? JSON.parse(text) : text;
}

/** Reasoning, then text, then calls; four characters an event. */
function eventsOf(
  { reasoning = "", text = "", calls = [], trace }: FakeAnswer,
  request: GenerateRequest,
): EngineEvent[] {
  const isTraced = request.trace === true;
  return [
    ...(isTraced && trace !== undefined
      ? trace.map((step): EngineEvent => ({ type: "trace", ...step }))
      : []),
    ...pieces(reasoning).map((piece): EngineEvent => ({ type: "reasoning", text: piece })),
    ...pieces(text).flatMap((piece, index): EngineEvent[] => [
      ...(isTraced && trace === undefined ? [{ type: "trace" as const, ...toTraceStep(piece, index) }] : []),
      {
        type: "delta",
        text: piece,
        ...(request.topLogprobs !== undefined && { logprobs: [toLogprob(piece)] }),
      },
    ]),
    ...calls.flatMap((call, index): EngineEvent[] => [
      { type: "toolCall", index, id: call.id, name: call.name },
      ...pieces(call.arguments).map((piece): EngineEvent => ({ type: "toolArguments", index, text: piece })),
    ]),
  ];
}

function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,4}/g) ?? [];
}

function toLogprob(token: string): TokenLogprob {
  const bytes = [...new TextEncoder().encode(token)];
  return {
    token,
    bytes,
    logprob: -0.5,
    maskedLogprob: 0,
    forced: false,
    top: [{ token, bytes, logprob: -0.5, allowed: true }],
  };
}

/** Half of each piece was sampled, the rest followed from it; every other choice was the schema's. */
function toTraceStep(piece: string, index: number): TraceStep {
  const { logprob, maskedLogprob, top } = toLogprob(piece.slice(0, 2));
  const preferred = { token: "Sure", bytes: [83, 117, 114, 101], logprob: -0.1, allowed: false };
  const changed = index % 2 === 1;
  const choice = { logprob, maskedLogprob, top: changed ? [preferred, ...top] : top };
  return {
    atMs: 10 * index,
    tokens: [
      { text: piece.slice(0, 2), origin: changed ? "changed" : "sampled", choice },
      { text: piece.slice(2), origin: "forced" },
    ],
  };
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(new FormworkError("cancelled", "The request was cancelled."));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", leave);
      resolve();
    }, milliseconds);
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave, { once: true });
  });
}
