import { FormworkError, toFormworkError } from "../../errors.js";
import type { Runtime } from "../../runtime/index.js";
import type { ChatMessage, SamplingSettings, SchemaSource } from "../../types.js";
import { type AnswerFormats, type AnswerPlan, planAnswer } from "../answer/plan.js";
import { AnswerReader } from "../answer/reader.js";
import type { AdditionalMembers, OutputFormat, ReasoningSettings, ToolSettings } from "../engine.js";
import { schemaInstruction, withInstruction } from "../prompt/prompt.js";
import { plainCalls } from "../prompt/tools/plain.js";
import { newCounters, type SchedulerCounters } from "../scheduler/counters.js";
import { Scheduler, type SchedulerSettings } from "../scheduler/scheduler.js";
import type { GenerationListener, GenerationOutcome, Sequence } from "../scheduler/sequence.js";
import { type CompiledSchema, GrammarCache } from "./grammarCache.js";

export interface CoreSettings extends SchedulerSettings {
  grammarCacheEntries: number;
  grammarCacheBytes: number;
  /** White space characters allowed in a row; 0 forces compact documents. */
  maxWhitespace: number;
  /** Milliseconds that compiling one schema may take. */
  compileMs: number;
}

/** A request as it enters the engine's thread: the schema still is text. */
export interface CoreRequest extends SchemaSource {
  messages: readonly ChatMessage[];
  maxTokens: number;
  sampling: SamplingSettings;
  format?: OutputFormat;
  tools?: ToolSettings;
  reasoning?: ReasoningSettings;
  stop?: readonly string[];
  topLogprobs?: number;
  additionalMembers?: AdditionalMembers;
  continueAssistant?: boolean;
  schemaInPrompt: boolean;
  constraint: "schema" | "free";
  /** Milliseconds from now until it fails with `timeout`. */
  deadlineMs: number;
}

export interface CoreListener extends Omit<GenerationListener, "finish"> {
  finish(outcome: CoreOutcome): void;
}

export interface CoreOutcome extends GenerationOutcome {
  compileMs: number;
  /** Wire names of what was asked for and could not be had. */
  ignored: readonly string[];
}

/** Milliseconds that preparing requests may keep running streams waiting between two steps. */
const PREPARE_SLICE_MS = 5;

/** Below so many parameters a model is told names and meanings only. */
const SMALL_MODEL = 1e9;

const WARMUP_SCHEMA = '{"type":"object","properties":{"ready":{"type":"boolean"}},"required":["ready"]}';

interface Arrival {
  request: CoreRequest;
  listener: CoreListener;
  arrivedAt: number;
  sequence: Sequence | undefined;
  done: boolean;
}

/**
 * The engine on its thread: compiles schemas, builds prompts, and drives the scheduler one step at a time,
 * giving the event loop its turn between steps so that requests arrive and leave.
 */
export class EngineCore {
  private readonly runtime: Runtime;
  private readonly settings: CoreSettings;
  private readonly grammars: GrammarCache;
  private readonly scheduler: Scheduler;
  private readonly formats: AnswerFormats;
  private readonly arrivals: Arrival[] = [];
  private refused = 0;
  private turning = false;
  private closed = false;

  constructor(runtime: Runtime, settings: CoreSettings) {
    this.runtime = runtime;
    this.settings = settings;
    const { parameters } = runtime.model;
    const brief = parameters > 0 && parameters < SMALL_MODEL;
    // As many characters as the context has tokens are, at three or more a token, at most a third of it.
    const limit = Math.min(6000, runtime.contextLength);
    this.grammars = new GrammarCache(
      { entries: settings.grammarCacheEntries, bytes: settings.grammarCacheBytes },
      { maxWhitespace: settings.maxWhitespace, numbers: "plain", limits: { compileMs: settings.compileMs } },
      (schema) => schemaInstruction(schema, limit, brief),
    );
    this.scheduler = new Scheduler(runtime, settings);
    this.formats = { calls: plainCalls };
  }

  get counters(): SchedulerCounters {
    const { counters } = this.scheduler;
    return { ...counters, failures: counters.failures + this.refused };
  }

  get queued(): number {
    return this.scheduler.queued + this.arrivals.length;
  }

  get active(): number {
    return this.scheduler.active;
  }

  /** Takes a request; everything that becomes of it goes to `listener`. Answers a function that cancels it. */
  submit(request: CoreRequest, listener: CoreListener): () => void {
    const arrival: Arrival = {
      request,
      listener,
      arrivedAt: performance.now(),
      sequence: undefined,
      done: false,
    };
    if (this.closed) listener.fail(new FormworkError("engine_unavailable", "The engine is closed."));
    else {
      this.arrivals.push(arrival);
      this.wake();
    }
    return () => this.cancel(arrival);
  }

  /** A real constrained inference: prompt, mask, sampling, end. Throws what went wrong; counts nowhere. */
  async warmup(): Promise<void> {
    await new Promise<GenerationOutcome>((resolve, reject) => {
      const request: CoreRequest = {
        messages: [{ role: "user", content: "Are you ready?" }],
        schemaText: WARMUP_SCHEMA,
        maxTokens: 32,
        sampling: { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 0 },
        schemaInPrompt: false,
        constraint: "schema",
        deadlineMs: Number.POSITIVE_INFINITY,
      };
      this.submit(request, { start() {}, part() {}, finish: resolve, fail: reject });
    });
    Object.assign(this.scheduler.counters, newCounters());
  }

  /** Fails what is still there and frees the model. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    const error = new FormworkError("engine_unavailable", "The engine is closed.", { retryAfterSeconds: 1 });
    for (const arrival of this.arrivals.splice(0)) arrival.listener.fail(error);
    this.scheduler.failAll(error);
    this.runtime.close();
  }

  private cancel(arrival: Arrival): void {
    if (arrival.done) return;
    const error = new FormworkError("cancelled", "The request was cancelled.");
    if (arrival.sequence !== undefined) {
      this.scheduler.cancel(arrival.sequence, error);
      return;
    }
    const at = this.arrivals.indexOf(arrival);
    if (at < 0) return;
    this.arrivals.splice(at, 1);
    arrival.done = true;
    this.scheduler.counters.cancellations++;
    arrival.listener.fail(error);
  }

  private wake(): void {
    if (this.turning) return;
    this.turning = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    if (this.closed) return;
    const sliceEnd = performance.now() + PREPARE_SLICE_MS;
    while (this.arrivals.length > 0) {
      this.prepare(this.arrivals.shift()!);
      if (performance.now() > sliceEnd && this.scheduler.active > 0) break;
    }
    const more = this.scheduler.step();
    this.turning = more || this.arrivals.length > 0;
    if (this.turning) setImmediate(this.turn);
  };

  private compile(request: CoreRequest, { segments }: AnswerPlan): CompiledSchema | undefined {
    if (request.constraint === "free") return undefined;
    const { additionalMembers = "closed" } = request;
    return segments === undefined
      ? this.grammars.compile(request, additionalMembers)
      : this.grammars.compileParts(segments, request, additionalMembers);
  }

  private prepare(arrival: Arrival): void {
    const { request, listener, arrivedAt } = arrival;
    try {
      this.scheduler.checkQueue();
      const compileAt = performance.now();
      const plan = planAnswer(request, this.formats);
      const compiled = this.compile(request, plan);
      const compileMs = performance.now() - compileAt;
      const messages =
        compiled === undefined || compiled.instruction === "" || !request.schemaInPrompt
          ? request.messages
          : withInstruction(request.messages, compiled.instruction);
      arrival.sequence = this.scheduler.submit({
        prompt: this.runtime.encodeChat(messages),
        matcher: compiled?.grammar.matcher(this.runtime.vocabulary),
        maxTokens: request.maxTokens,
        sampling: request.sampling,
        ...(plan.layout === undefined ? {} : { reader: new AnswerReader(plan.layout) }),
        ...(request.topLogprobs === undefined ? {} : { topLogprobs: request.topLogprobs }),
        arrivedAt,
        deadlineAt: arrivedAt + request.deadlineMs,
        listener: {
          start: (promptTokens, cachedTokens) => listener.start(promptTokens, cachedTokens),
          part: (part, logprobs) => listener.part(part, logprobs),
          finish: (outcome) => {
            arrival.done = true;
            listener.finish({ ...outcome, compileMs, ignored: plan.ignored });
          },
          fail: (error) => {
            arrival.done = true;
            listener.fail(error);
          },
        },
      });
    } catch (thrown) {
      const error = toFormworkError(thrown);
      if (error.code === "internal") {
        this.settings.log("request_failed", { message: error.message, stack: error.stack });
      }
      arrival.done = true;
      this.refused++;
      listener.fail(error);
    }
  }
}
