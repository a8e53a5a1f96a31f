import { FormworkError, shorten } from "../../errors.js";
import { DEFAULT_MODEL } from "../../models/index.js";
import { compiledEntry } from "../../system/index.js";
import type { JsonValue, SchemaSource } from "../../types.js";
import { argumentsSchema } from "../answer/argumentsSchema.js";
import type { CoreOutcome } from "../core/core.js";
import type {
  Engine,
  EngineEvent,
  EngineStatistics,
  EngineStatus,
  GenerateRequest,
  GenerateResult,
  TokenLogprob,
  TraceStep,
  WarmupReport,
} from "../engine.js";
import type { NormalisedOptions } from "../options/index.js";
import type { ChildMessage, ChildStatistics, RequestEvent } from "../process/messages.js";
import { newCounters, type SchedulerCounters } from "../scheduler/counters.js";
import { sharedValidator } from "../validate/index.js";
import { coreRequest } from "./coreRequest.js";
import { EventQueue } from "./eventQueue.js";
import { sendRequest } from "./sendRequest.js";
import { Supervisor, type SupervisorListener, WATCH } from "./supervisor.js";

interface OpenRequest {
  queue: EventQueue<RequestEvent>;
  left: boolean;
  /** Whether the engine process is processing its schema and prompt. */
  isReading: boolean;
}

/** The embedded engine: the model runs in a child process; this side manages requests, validation and counters. */
export class EmbeddedEngine implements Engine {
  readonly kind = "llama";
  private readonly options: NormalisedOptions;
  private readonly supervisor: Supervisor;
  private readonly openRequests = new Map<number, OpenRequest>();
  private nextKey = 1;
  private statisticsNow: ChildStatistics | undefined;
  /** Counters of earlier engine processes. */
  private readonly before = newCounters();
  private peakMemoryBytes = 0;
  private rejected = 0;
  private requests = 0;
  private idleTimer: NodeJS.Timeout | undefined;
  private unloading: Promise<void> | undefined;
  private drained: (() => void) | undefined;

  /** `entry`, the program of the engine process, and `watch` are replaceable for tests. */
  constructor(
    options: NormalisedOptions,
    entry = compiledEntry(import.meta.url, "../process/main.js"),
    watch = WATCH,
  ) {
    this.options = options;
    const listener: SupervisorListener = {
      message: (message) => this.hear(message),
      lost: (error, crashed) => this.lose(error, crashed),
    };
    this.supervisor = new Supervisor(entry, options.load, options.log, listener, watch);
  }

  /** The engine process's id, if it runs. */
  get pid(): number | undefined {
    return this.supervisor.pid;
  }

  checkCapacity(): void {
    const { facts } = this.supervisor;
    const { queueLimit, maxSequences = 1 } = this.options.load;
    if (this.openRequests.size < queueLimit + (facts?.maxSequences ?? maxSequences)) return;
    throw new FormworkError(
      "queue_full",
      `The engine is busy and ${this.openRequests.size} requests are open.`,
      {
        retryAfterSeconds: 1,
      },
    );
  }

  async *generate(request: GenerateRequest, signal?: AbortSignal): AsyncGenerator<EngineEvent> {
    const arrivedAt = performance.now();
    this.requests++;
    try {
      this.checkModel(request.model);
      this.checkCapacity();
      if (signal?.aborted) throw cancelled();
      while (this.unloading !== undefined) await this.unloading;
      this.supervisor.ensureStarted();
    } catch (error) {
      this.rejected++;
      throw error;
    }
    const { schema: schemaText, documents } = request;
    const source = { schemaText, ...(documents === undefined ? {} : { documents }) };
    const leaving = new AbortController();
    // Compiled while the prompt is processed; nothing is emitted for a schema that cannot be checked.
    const checkable =
      this.options.validate && hasDocument(request)
        ? sharedValidator().prepare(source, leaving.signal)
        : undefined;
    checkable?.catch(() => {});
    const logprobs: TokenLogprob[] = [];
    const trace: TraceStep[] = [];
    const keepsTrace = request.trace === true && request.incremental !== true;

    const key = this.nextKey++;
    const openRequest: OpenRequest = { queue: new EventQueue(), left: false, isReading: false };
    this.register(key, openRequest);
    const deadlineMs = request.deadlineMs ?? this.options.deadlineMs;
    const giveUp = (error: FormworkError) => {
      openRequest.queue.fail(error);
      leaving.abort(error);
    };
    const abort = () => giveUp(cancelled());
    signal?.addEventListener("abort", abort, { once: true });
    // The engine process enforces the deadline itself; this timer applies if that process is stuck.
    const timer = setTimeout(() => giveUp(late(deadlineMs)), Math.min(deadlineMs + 50, 2 ** 31 - 1));
    try {
      await sendRequest(
        (message) => this.supervisor.send(message),
        key,
        coreRequest({ schemaInPrompt: this.options.schemaInPrompt, ...request, deadlineMs }),
        () => openRequest.left || leaving.signal.aborted,
      );
      for (;;) {
        const event = await openRequest.queue.next();
        if (event.type === "fail") throw FormworkError.fromBody(event.error);
        if (event.type !== "finish") {
          if (event.type === "start") await checkable;
          if (event.type === "text" && event.logprobs !== undefined) logprobs.push(...event.logprobs);
          if (event.type === "trace" && keepsTrace) trace.push({ atMs: event.atMs, tokens: event.tokens });
          yield engineEvent(event);
          continue;
        }
        const { outcome } = event;
        yield {
          type: "finish",
          result: {
            ...(await this.checkedAnswer(request, source, outcome, logprobs, leaving.signal)),
            ...(keepsTrace ? { trace } : {}),
            usage: {
              promptTokens: outcome.promptTokens,
              cachedTokens: outcome.cachedTokens,
              completionTokens: outcome.completionTokens,
              forcedTokens: outcome.forcedTokens,
              ...(outcome.reasoningTokens > 0 ? { reasoningTokens: outcome.reasoningTokens } : {}),
            },
            timings: {
              queueMs: outcome.queueMs,
              compileMs: outcome.compileMs,
              prefillMs: outcome.prefillMs,
              firstTokenMs: outcome.firstTokenMs,
              decodeMs: outcome.decodeMs,
              totalMs: performance.now() - arrivedAt,
            },
            model: this.supervisor.facts?.model ?? "",
            attempts: 1,
          },
        };
        return;
      }
    } finally {
      leaving.abort();
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      if (!openRequest.left) this.supervisor.send({ type: "cancel", key });
      this.arrive(key);
    }
  }

  async warmup(signal?: AbortSignal): Promise<WarmupReport> {
    if (signal?.aborted) throw cancelled();
    while (this.unloading !== undefined) await this.unloading;
    this.scheduleIdle();
    const ready = this.supervisor.ready();
    if (signal === undefined) return ready;
    let abort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(cancelled());
      signal.addEventListener("abort", abort, { once: true });
    });
    return Promise.race([ready, aborted]).finally(() => signal.removeEventListener("abort", abort));
  }

  status(): EngineStatus {
    return this.supervisor.status(this.options.model ?? DEFAULT_MODEL);
  }

  statistics(): EngineStatistics {
    const now = this.statisticsNow;
    const sum = (name: keyof SchedulerCounters) => this.before[name] + (now?.counters[name] ?? 0);
    return {
      requests: this.requests,
      failures: sum("failures") + this.rejected,
      cancellations: sum("cancellations"),
      promptTokens: sum("promptTokens"),
      cachedTokens: sum("cachedTokens"),
      completionTokens: sum("completionTokens"),
      forcedTokens: sum("forcedTokens"),
      masks: sum("masks"),
      maskMicroseconds: sum("maskMicroseconds"),
      decodeMicroseconds: sum("decodeMicroseconds"),
      stepMicroseconds: sum("stepMicroseconds"),
      queued: Math.max(this.openRequests.size - (now?.active ?? 0), 0),
      active: Math.min(now?.active ?? 0, this.openRequests.size),
      maxSequences: this.supervisor.facts?.maxSequences ?? this.options.load.maxSequences ?? 0,
      restarts: this.supervisor.restarts,
      memoryBytes: now?.memoryBytes ?? 0,
      peakMemoryBytes: this.peakMemoryBytes,
      repairs: 0,
    };
  }

  /** Waits for running requests, then ends the engine process. Requests that arrive in between wait for the next process. */
  unload(): Promise<void> {
    this.unloading ??= this.drainAndStop().finally(() => {
      this.unloading = undefined;
    });
    return this.unloading;
  }

  async close(): Promise<void> {
    clearTimeout(this.idleTimer);
    this.lose(new FormworkError("engine_unavailable", "The engine was closed."), false);
    await this.supervisor.close();
    this.bury();
  }

  private checkModel(model: string | undefined): void {
    if (model === undefined) return;
    const own = [this.options.model ?? DEFAULT_MODEL, this.supervisor.facts?.model];
    if (own.includes(model)) return;
    throw new FormworkError("unknown_model", `This engine runs ${own[1] ?? own[0]}, not ${model}.`, {
      pointer: "/model",
    });
  }

  /** The answer, after the independent validator has accepted all parts with a schema. */
  private async checkedAnswer(
    request: GenerateRequest,
    source: SchemaSource,
    outcome: CoreOutcome,
    logprobs: readonly TokenLogprob[],
    signal: AbortSignal,
  ): Promise<Omit<GenerateResult, "usage" | "timings" | "model" | "attempts">> {
    const { text, finishReason, toolCalls, reasoning, stopText, ignored } = outcome;
    const isDocument = hasDocument(request) && toolCalls === undefined;
    if (isDocument) await this.check(request, source, text, signal);
    for (const call of toolCalls ?? []) {
      const tool = request.tools!.tools.find(({ name }) => name === call.name)!;
      const parameters = { ...source, schemaText: argumentsSchema(tool.parameters) };
      await this.check(request, parameters, call.arguments, signal);
    }
    return {
      text,
      output: isDocument ? (JSON.parse(text) as JsonValue) : text,
      finishReason,
      ...(toolCalls === undefined ? {} : { toolCalls }),
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(stopText === undefined ? {} : { stopText }),
      ...(request.topLogprobs === undefined ? {} : { logprobs }),
      ...(ignored.length === 0 ? {} : { ignored }),
    };
  }

  /** Throws `invalid_output` if the independent validator rejects the document. */
  private async check(
    request: GenerateRequest,
    source: SchemaSource,
    text: string,
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.options.validate) return;
    const verdict = await sharedValidator().check(source, text, signal);
    if (verdict.valid) return;
    this.rejected++;
    const { pointer, message } = verdict;
    // A bug of the constraint engine; the schema and the document are needed to fix it.
    this.options.log("invalid_output", {
      request: request.id,
      pointer,
      message,
      schema: shorten(source.schemaText),
      text: shorten(text),
    });
    throw new FormworkError(
      "invalid_output",
      `The document does not follow the schema at ${pointer === "" ? "its root" : pointer}: ${message}.`,
    );
  }

  private hear(message: ChildMessage): void {
    if (message.type === "reading") {
      const openRequest = this.openRequests.get(message.key);
      if (openRequest !== undefined) openRequest.isReading = true;
    }
    if (message.type !== "events") return;
    if (message.statistics !== undefined) {
      this.statisticsNow = message.statistics;
      this.peakMemoryBytes = Math.max(this.peakMemoryBytes, message.statistics.peakMemoryBytes);
    }
    for (const event of message.events) {
      const openRequest = this.openRequests.get(event.key);
      if (openRequest === undefined) continue;
      openRequest.isReading = false;
      if (event.type === "finish" || event.type === "fail") openRequest.left = true;
      openRequest.queue.push(event);
    }
  }

  /** A crash may be caused by the request being processed, which must not be sent again. The others may. */
  private lose(error: FormworkError, crashed: boolean): void {
    this.bury();
    for (const openRequest of this.openRequests.values()) {
      openRequest.left = true;
      openRequest.queue.fail(crashed && openRequest.isReading ? suspected(error) : error);
    }
  }

  private bury(): void {
    if (this.statisticsNow === undefined) return;
    for (const name of Object.keys(this.before) as (keyof SchedulerCounters)[]) {
      this.before[name] += this.statisticsNow.counters[name];
    }
    this.statisticsNow = undefined;
  }

  private register(key: number, openRequest: OpenRequest): void {
    this.openRequests.set(key, openRequest);
    this.supervisor.hold(true);
    clearTimeout(this.idleTimer);
  }

  private arrive(key: number): void {
    this.openRequests.delete(key);
    if (this.openRequests.size > 0) return;
    this.supervisor.hold(false);
    this.drained?.();
    this.scheduleIdle();
  }

  private scheduleIdle(): void {
    clearTimeout(this.idleTimer);
    if (this.options.idleTimeoutMs === 0 || this.openRequests.size > 0) return;
    this.idleTimer = setTimeout(() => {
      if (this.openRequests.size > 0 || this.status().state !== "ready") return;
      this.options.log("engine_idle", { idleMs: this.options.idleTimeoutMs });
      void this.unload();
    }, this.options.idleTimeoutMs).unref();
  }

  private async drainAndStop(): Promise<void> {
    if (this.openRequests.size > 0) {
      await new Promise<void>((resolve) => {
        this.drained = resolve;
      });
      this.drained = undefined;
    }
    await this.supervisor.stop();
    this.bury();
  }
}

/** Whether the answer, if it calls no tool, is a document of the request's schema. */
function hasDocument({ format, constraint }: GenerateRequest): boolean {
  return format === undefined && constraint !== "free";
}

function engineEvent(event: Exclude<RequestEvent, { type: "finish" | "fail" }>): EngineEvent {
  const { key: _key, ...own } = event;
  if (own.type !== "text") return own;
  return { ...own, type: "delta" };
}

function suspected({ message }: FormworkError): FormworkError {
  return new FormworkError(
    "engine_crashed",
    `${message} It was reading this request, which may be the cause: do not send it again as it is.`,
  );
}

function cancelled(): FormworkError {
  return new FormworkError("cancelled", "The request was cancelled.");
}

function late(deadlineMs: number): FormworkError {
  return new FormworkError("timeout", `The request was not finished after ${deadlineMs} ms.`, {
    retryAfterSeconds: 1,
  });
}
