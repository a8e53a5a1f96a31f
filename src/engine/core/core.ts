import type { CompileOptions, Grammar, Matcher, Segment } from "../../constraint/index.js";
import {
  type ConstraintSource,
  DEFAULT_SERVICE_SETTINGS,
  WorkerService,
} from "../../constraint/service/index.js";
import { asLimitError, FormworkError, toFormworkError } from "../../errors.js";
import type { Runtime } from "../../runtime/index.js";
import { nextTurn } from "../../system/index.js";
import type { ChatMessage, SamplingSettings, SchemaSource } from "../../types.js";
import { type AnswerPlan, planAnswer } from "../answer/plan.js";
import { AnswerReader } from "../answer/reader.js";
import type { AdditionalMembers, OutputFormat, ReasoningSettings, ToolSettings } from "../engine.js";
import { conversationOf } from "../prompt/conversation.js";
import { type ChatFormats, chatFormats, formatsFor } from "../prompt/formats/chatFormats.js";
import { SchemaInstructions } from "../prompt/instructions.js";
import { newCounters, type SchedulerCounters } from "../scheduler/counters.js";
import { DistantMatcher } from "../scheduler/distantMatcher.js";
import { Scheduler, type SchedulerSettings } from "../scheduler/scheduler.js";
import type { GenerationListener, GenerationOutcome, Sequence } from "../scheduler/sequence.js";
import { GrammarCache } from "./grammarCache.js";
import { exceedsFastLane, FAST_LANE, fitsFastLane } from "./lanes.js";

export interface CoreSettings extends SchedulerSettings {
  grammarCacheEntries: number;
  grammarCacheBytes: number;
  /** Maximum run of white space; 0 forces compact documents. */
  maxWhitespace: number;
  /** Maximum time of compiling a schema in milliseconds. */
  compileMs: number;
}

/** A request as it enters the engine's thread, with the schema as text. */
export interface CoreRequest extends SchemaSource {
  messages: readonly ChatMessage[];
  maxTokens: number;
  sampling: SamplingSettings;
  format?: OutputFormat;
  tools?: ToolSettings;
  maxToolCalls?: number;
  reasoning?: ReasoningSettings;
  stop?: readonly string[];
  topLogprobs?: number;
  trace?: boolean;
  additionalMembers?: AdditionalMembers;
  continueAssistant?: boolean;
  schemaInPrompt: boolean;
  constraint: "schema" | "free";
  /** Milliseconds from now after which it fails with `timeout`. */
  deadlineMs: number;
}

export interface CoreListener extends Omit<GenerationListener, "finish"> {
  finish(outcome: CoreOutcome): void;
  /** Called before its schema and prompt are processed. */
  reading?(): void;
}

export interface CoreOutcome extends GenerationOutcome {
  compileMs: number;
  /** Wire names of fields that had no effect. */
  ignored: readonly string[];
}

/** Maximum time between two steps for preparing requests, while streams wait, in milliseconds. */
const PREPARE_SLICE_MS = 5;

/** Maximum time of a job in the slow lane, without compiling, in milliseconds. */
const SLOW_STEP_MS = 5000;

/** For models with fewer parameters, the prompt only describes names and meanings. */
const SMALL_MODEL = 1e9;

const WARMUP_SCHEMA = '{"type":"object","properties":{"ready":{"type":"boolean"}},"required":["ready"]}';

interface Arrival {
  request: CoreRequest;
  listener: CoreListener;
  arrivedAt: number;
  sequence: Sequence | undefined;
  /** Set while its schema is being compiled in the slow lane. */
  opening: DistantMatcher | undefined;
  compileMs: number;
  done: boolean;
}

/**
 * The engine on its thread: compiles schemas, builds prompts, and runs the scheduler step by step. The event loop runs between steps,
 * so that requests can arrive and be cancelled.
 */
export class EngineCore {
  private readonly runtime: Runtime;
  private readonly settings: CoreSettings;
  private readonly grammars: GrammarCache;
  private readonly instructions: SchemaInstructions;
  private readonly scheduler: Scheduler;
  private knownFormats: ChatFormats | undefined;
  private readonly slowLane: WorkerService;
  private readonly compileOptions: Omit<CompileOptions, "signal" | "documents" | "limits">;
  private readonly arrivals: Arrival[] = [];
  /** Requests whose schema is being compiled in the slow lane. */
  private readonly opening = new Set<Arrival>();
  private refused = 0;
  private turning = false;
  private closed = false;

  constructor(runtime: Runtime, settings: CoreSettings) {
    this.runtime = runtime;
    this.settings = settings;
    const { parameters } = runtime.model;
    const brief = parameters > 0 && parameters < SMALL_MODEL;
    this.compileOptions = { maxWhitespace: settings.maxWhitespace, numbers: "plain" };
    this.grammars = new GrammarCache(
      { entries: settings.grammarCacheEntries, bytes: settings.grammarCacheBytes },
      { ...this.compileOptions, limits: FAST_LANE },
    );
    this.instructions = new SchemaInstructions(brief, (text) => runtime.tokenize(text).length);
    const { compileMs } = settings;
    this.slowLane = new WorkerService(runtime.vocabulary, {
      limits: { ...DEFAULT_SERVICE_SETTINGS.limits, compileMs },
      jobMs: compileMs + SLOW_STEP_MS,
    });
    runtime.shareProcessors?.(this.slowLane);
    this.scheduler = new Scheduler(runtime, { ...settings, slowLane: this.slowLane }, () => this.wake());
  }

  get counters(): SchedulerCounters {
    const { counters } = this.scheduler;
    return { ...counters, failures: counters.failures + this.refused };
  }

  get queued(): number {
    return this.scheduler.queued + this.arrivals.length + this.opening.size;
  }

  get active(): number {
    return this.scheduler.active;
  }

  /** Accepts a request and reports its events to `listener`. Returns a function that cancels it. */
  submit(request: CoreRequest, listener: CoreListener): () => void {
    const arrival: Arrival = {
      request,
      listener,
      arrivedAt: performance.now(),
      sequence: undefined,
      opening: undefined,
      compileMs: 0,
      done: false,
    };
    if (this.closed) listener.fail(new FormworkError("engine_unavailable", "The engine is closed."));
    else {
      this.arrivals.push(arrival);
      this.wake();
    }
    return () => this.cancel(arrival);
  }

  /** Runs a real constrained inference: prompt, mask, sampling, end. Throws its error; not counted in statistics. */
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

  /** Fails all remaining requests and frees the model. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    const error = new FormworkError("engine_unavailable", "The engine is closed.", { retryAfterSeconds: 1 });
    for (const arrival of [...this.arrivals.splice(0), ...this.opening]) arrival.listener.fail(error);
    this.opening.clear();
    void this.slowLane.close();
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
    if (at >= 0) this.arrivals.splice(at, 1);
    else if (!this.opening.delete(arrival)) return;
    arrival.opening?.forget();
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

  /** Compiles the schema and queues the request; if that exceeds the limits of this thread, it goes to the slow lane first. */
  private prepare(arrival: Arrival): void {
    const { request } = arrival;
    try {
      this.scheduler.checkQueue();
      arrival.listener.reading?.();
      const compileAt = performance.now();
      const maxTokens = Math.min(request.maxTokens, this.scheduler.contextLength);
      const plan = planAnswer({ ...request, maxTokens }, formatsFor(this.formats, request.tools));
      const compiled = this.compile(request, plan);
      arrival.compileMs = performance.now() - compileAt;
      if (compiled === "slow") {
        void this.openDescribed(arrival, plan);
        return;
      }
      const prompt = this.promptOf(request, plan);
      try {
        this.enter(arrival, plan, prompt, compiled?.matcher(this.runtime.vocabulary));
      } catch (thrown) {
        if (!exceedsFastLane(thrown)) throw thrown;
        this.open(arrival, plan, prompt);
      }
    } catch (thrown) {
      this.refuse(arrival, thrown);
    }
  }

  private compile(request: CoreRequest, { segments }: AnswerPlan): Grammar | "slow" | undefined {
    if (request.constraint === "free") return undefined;
    if (!fitsFastLane(request)) return "slow";
    const { additionalMembers = "closed" } = request;
    try {
      return segments === undefined
        ? this.grammars.compile(request, additionalMembers)
        : this.grammars.compileParts(segments, request, additionalMembers);
    } catch (thrown) {
      if (exceedsFastLane(thrown)) return "slow";
      throw thrown;
    }
  }

  /** The constraint of the request's answer, as input of the slow lane. */
  private sourceOf(request: CoreRequest, { segments }: AnswerPlan): ConstraintSource {
    const { schemaText, documents, additionalMembers = "closed" } = request;
    const options = { ...this.compileOptions, additionalMembers };
    if (segments !== undefined) return { kind: "segments", segments, options };
    return { kind: "schema", schemaText, options, ...(documents === undefined ? {} : { documents }) };
  }

  /**
   * The prompt's tokens, with the longest instruction about the schema that leaves room for the answer, or none if there is no room.
   * Throws `prompt_too_long` if the messages alone are too long.
   */
  private promptOf(request: CoreRequest, { segments }: AnswerPlan): Int32Array {
    const { schemaText } = request;
    const { contextLength: context } = this.scheduler;
    const forAnswer = Math.min(request.maxTokens, Math.floor(context / 4));
    for (let allowed = isDescribed(request, segments) ? Math.floor(context / 3) : 0; ; ) {
      const instruction = allowed > 0 ? this.instructions.within(schemaText, allowed) : undefined;
      if (instruction === undefined) return this.encode(request, "");
      let over = context;
      try {
        const prompt = this.encode(request, instruction.text);
        over = prompt.length + forAnswer - context;
        if (over <= 0) return prompt;
      } catch (thrown) {
        if (toFormworkError(thrown).code !== "prompt_too_long") throw thrown;
      }
      allowed = instruction.tokens - over;
    }
  }

  private encode(request: CoreRequest, instruction: string): Int32Array {
    const { messages, options } = conversationOf(
      request,
      instruction,
      formatsFor(this.formats, request.tools),
    );
    return this.runtime.encodeChat(messages, options);
  }

  /** Detected from the chat template when the first request arrives. */
  private get formats(): ChatFormats {
    this.knownFormats ??= chatFormats(this.runtime);
    return this.knownFormats;
  }

  /** The same for a schema that may be long: its description is first written piece by piece. */
  private async openDescribed(arrival: Arrival, plan: AnswerPlan): Promise<void> {
    const { request } = arrival;
    this.opening.add(arrival);
    try {
      if (isDescribed(request, plan.segments)) await this.instructions.prepare(request.schemaText, nextTurn);
      // The request may have been cancelled, or failed with all others.
      if (this.opening.has(arrival)) this.open(arrival, plan);
    } catch (thrown) {
      if (this.opening.delete(arrival)) this.refuse(arrival, thrown);
    }
  }

  /** Compiles the schema in the slow lane; then queues the request. */
  private open(arrival: Arrival, plan: AnswerPlan, known?: Int32Array): void {
    const { request } = arrival;
    const prompt = known ?? this.promptOf(request, plan);
    const openedAt = performance.now();
    const served = this.slowLane.open(this.sourceOf(request, plan));
    const budget = this.scheduler.budgetOf(prompt.length, request.maxTokens);
    this.opening.add(arrival);
    arrival.opening = new DistantMatcher(served, [], budget, () => {
      if (this.opening.delete(arrival)) {
        arrival.compileMs += performance.now() - openedAt;
        try {
          this.enter(arrival, plan, prompt, arrival.opening);
        } catch (thrown) {
          arrival.opening?.forget();
          this.refuse(arrival, thrown);
        }
      }
      this.wake();
    });
  }

  private enter(arrival: Arrival, plan: AnswerPlan, prompt: Int32Array, matcher: Matcher | undefined): void {
    const { request, listener, arrivedAt } = arrival;
    const { layout, ignored } = plan;
    arrival.sequence = this.scheduler.submit({
      prompt,
      matcher,
      slowLane: this.sourceOf(request, plan),
      maxTokens: request.maxTokens,
      sampling: request.sampling,
      ...(layout === undefined ? {} : { reader: new AnswerReader(layout) }),
      ...(request.topLogprobs === undefined ? {} : { topLogprobs: request.topLogprobs }),
      ...(request.trace === undefined ? {} : { trace: request.trace }),
      arrivedAt,
      deadlineAt: arrivedAt + request.deadlineMs,
      listener: {
        start: (promptTokens, cachedTokens) => listener.start(promptTokens, cachedTokens),
        part: (part, logprobs) => listener.part(part, logprobs),
        trace: (step) => listener.trace?.(step),
        finish: (outcome) => {
          arrival.done = true;
          listener.finish({ ...outcome, compileMs: arrival.compileMs, ignored });
        },
        fail: (error) => {
          arrival.done = true;
          listener.fail(error);
        },
      },
    });
  }

  private refuse(arrival: Arrival, thrown: unknown): void {
    const error = toFormworkError(asLimitError(thrown));
    if (error.code === "internal") {
      this.settings.log("request_failed", { message: error.message, stack: error.stack });
    }
    arrival.done = true;
    this.refused++;
    arrival.listener.fail(error);
  }
}

/** Whether the prompt describes the document. */
function isDescribed(
  { schemaInPrompt, constraint }: CoreRequest,
  segments: readonly Segment[] | undefined,
): boolean {
  return schemaInPrompt && constraint !== "free" && (segments === undefined || segments.some(holdsDocument));
}

/** Whether the answer may be the request's document, as opposed to arguments of calls. */
function holdsDocument({ kind }: Segment): boolean {
  return kind === "document" || kind === "documentOrTagged";
}
