import { compileSchema, type Matcher } from "../../constraint/index.js";
import type { FormworkError } from "../../errors.js";
import {
  byteVocabulary,
  createScriptedRuntime,
  type Runtime,
  type ScriptedRuntimeOptions,
} from "../../runtime/index.js";
import type { JsonSchema, SamplingSettings } from "../../types.js";
import { AnswerReader } from "../answer/reader.js";
import type { TokenLogprob, TraceStep } from "../engine.js";
import { Scheduler, type SchedulerSettings } from "../scheduler/scheduler.js";
import type { GenerationOutcome, Sequence } from "../scheduler/sequence.js";

export const GREEDY: SamplingSettings = {
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  repetitionPenalty: 1,
  seed: 0,
};

export const PERSON: JsonSchema = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 12 },
    age: { type: "integer", minimum: 0, maximum: 150 },
    tags: { type: "array", items: { enum: ["red", "green", "blue"] }, maxItems: 4 },
    member: { type: "boolean" },
  },
  required: ["name", "age", "tags", "member"],
  additionalProperties: false,
};

/** Some longer tokens, so that forced text is more than single bytes. */
export const WORDS = [
  '{"',
  '":',
  '":"',
  '","',
  ',"',
  "name",
  "age",
  "tags",
  "member",
  "true",
  "false",
  "red",
  "green",
];

/** A request as a test sees it: what has come of it so far. */
export interface Watched {
  sequence: Sequence;
  deltas: string[];
  logprobs: TokenLogprob[];
  trace: TraceStep[];
  text: string;
  cachedTokens: number;
  /** How many steps had been made when the first text came; -1 before. */
  firstTextStep: number;
  outcome: GenerationOutcome | undefined;
  error: FormworkError | undefined;
}

export interface AskOptions {
  prompt?: string;
  schema?: JsonSchema;
  matcher?: Matcher;
  maxTokens?: number;
  sampling?: Partial<SamplingSettings>;
  deadlineAt?: number;
  topLogprobs?: number;
  trace?: boolean;
  stop?: readonly string[];
  free?: boolean;
  /** The prompt spells control tokens out. */
  control?: boolean;
}

/** A scheduler with its runtime, driven step by step. */
export class Harness {
  readonly runtime: Runtime;
  readonly scheduler: Scheduler;
  readonly logged: string[] = [];
  steps = 0;

  constructor(settings: Partial<SchedulerSettings> = {}, runtime: Runtime | ScriptedRuntimeOptions = {}) {
    this.runtime =
      "decode" in runtime
        ? runtime
        : createScriptedRuntime({ vocabulary: byteVocabulary(WORDS), maxSequences: 8, ...runtime });
    this.scheduler = new Scheduler(this.runtime, {
      maxSequences: 4,
      queueLimit: 1000,
      prefillChunk: 64,
      prefixTokens: 4096,
      forcedBatching: true,
      log: (event) => this.logged.push(event),
      ...settings,
    });
  }

  /** Puts a request in the queue; makes no step. */
  ask(options: AskOptions = {}): Watched {
    const grammar = compileSchema(options.schema ?? PERSON, { maxWhitespace: 0 });
    const matcher = options.free ? undefined : (options.matcher ?? grammar.matcher(this.runtime.vocabulary));
    const watched: Watched = {
      sequence: undefined as unknown as Sequence,
      deltas: [],
      logprobs: [],
      trace: [],
      text: "",
      cachedTokens: -1,
      firstTextStep: -1,
      outcome: undefined,
      error: undefined,
    };
    watched.sequence = this.scheduler.submit({
      prompt: this.runtime.tokenize(options.prompt ?? "Describe somebody.", options.control),
      matcher,
      maxTokens: options.maxTokens ?? 200,
      sampling: { ...GREEDY, ...options.sampling },
      ...(options.topLogprobs === undefined ? {} : { topLogprobs: options.topLogprobs }),
      ...(options.trace === undefined ? {} : { trace: options.trace }),
      ...(options.stop === undefined
        ? {}
        : { reader: new AnswerReader({ stop: options.stop, isConstrained: false, callId: () => "" }) }),
      arrivedAt: performance.now(),
      deadlineAt: options.deadlineAt ?? Number.POSITIVE_INFINITY,
      listener: {
        start: (_promptTokens, cachedTokens) => {
          watched.cachedTokens = cachedTokens;
        },
        part: (part, logprobs = []) => {
          watched.logprobs.push(...logprobs);
          if (part.type !== "text") return;
          if (watched.firstTextStep < 0) watched.firstTextStep = this.steps;
          watched.deltas.push(part.text);
          watched.text += part.text;
        },
        trace: (step) => {
          watched.trace.push(step);
        },
        finish: (outcome) => {
          watched.outcome = outcome;
        },
        fail: (error) => {
          watched.error = error;
        },
      },
    });
    return watched;
  }

  step(count = 1): boolean {
    let more = true;
    for (let i = 0; i < count && more; i++) {
      this.steps++;
      more = this.scheduler.step();
    }
    return more;
  }

  /** Steps until nothing is left to do. */
  run(limit = 100_000): void {
    for (let i = 0; i < limit; i++) if (!this.step()) return;
    throw new Error(`Still busy after ${limit} steps.`);
  }

  /** One request from start to end. */
  answer(options: AskOptions = {}): Watched {
    const watched = this.ask(options);
    this.run();
    return watched;
  }
}
