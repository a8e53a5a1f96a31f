import type { Matcher } from "../../constraint/index.js";
import type { FormworkError } from "../../errors.js";
import type { FinishReason, SamplingSettings } from "../../types.js";
import { RandomGenerator } from "./random.js";

/** One document to write, made ready: prompt tokens, a matcher at the start of its grammar. */
export interface GenerationTask {
  prompt: Int32Array;
  /** Undefined: no constraint; ends at an end token or at `maxTokens`. */
  matcher: Matcher | undefined;
  maxTokens: number;
  sampling: SamplingSettings;
  /** When it arrived and until when it may take, on the clock of `performance.now()`. */
  arrivedAt: number;
  deadlineAt: number;
  listener: GenerationListener;
}

/** Called from within `Scheduler.step`; must not throw. After `finish` or `fail` nothing follows. */
export interface GenerationListener {
  start(promptTokens: number, cachedTokens: number): void;
  text(delta: string): void;
  finish(outcome: GenerationOutcome): void;
  fail(error: FormworkError): void;
}

export interface GenerationOutcome {
  text: string;
  finishReason: FinishReason;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  forcedTokens: number;
  queueMs: number;
  prefillMs: number;
  firstTokenMs: number;
  decodeMs: number;
}

/**
 * A request inside the scheduler. Its tokens are one array, prompt then answer; `computed` of them have KV
 * cells, the others are pending. Reading the prompt, decoding one token and decoding a run of forced tokens
 * are all the same thing: computing what is pending.
 */
export class Sequence {
  readonly task: GenerationTask;
  readonly random: RandomGenerator;
  readonly promptLength: number;
  /** The prompt, and what the schema forces every answer to begin with. */
  givenLength: number;
  /** The most tokens the answer may have. */
  readonly budget: number;
  tokens: Int32Array;
  length: number;
  computed = 0;
  /** The runtime's row, -1 while waiting for one. */
  row = -1;
  /** The tokens that may come next; computed while the batch runs. */
  readonly mask: Uint32Array;
  /** Row of logits in the batch being decoded, -1 where it asked for none. */
  logitsRow = -1;
  cachedTokens = 0;
  forcedTokens = 0;
  /** The budget has turned down a choice or closed the document. */
  squeezed = false;
  text = "";
  startedAt = -1;
  firstTokenAt = -1;
  private emitted: number;
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Distinct tokens of the answer; kept only where a repetition penalty wants them. */
  readonly distinct: Int32Array;
  distinctCount = 0;
  private readonly seen: Set<number> | undefined;

  constructor(task: GenerationTask, budget: number, maskWords: number) {
    this.task = task;
    this.mask = new Uint32Array(task.matcher === undefined ? 0 : maskWords);
    this.budget = budget;
    this.promptLength = task.prompt.length;
    this.givenLength = this.promptLength;
    this.tokens = new Int32Array(this.promptLength + Math.min(budget, 256));
    this.tokens.set(task.prompt);
    this.length = this.promptLength;
    this.emitted = this.promptLength;
    this.random = new RandomGenerator(task.sampling.seed);
    const penalised = task.sampling.repetitionPenalty !== 1;
    this.seen = penalised ? new Set() : undefined;
    this.distinct = new Int32Array(penalised ? budget : 0);
  }

  get pending(): number {
    return this.length - this.computed;
  }

  get completionTokens(): number {
    return this.length - this.promptLength;
  }

  get remaining(): number {
    return this.budget - this.completionTokens;
  }

  append(token: number): void {
    if (this.length === this.tokens.length) {
      const larger = new Int32Array(Math.min(this.tokens.length * 2, this.promptLength + this.budget));
      larger.set(this.tokens);
      this.tokens = larger;
    }
    this.tokens[this.length++] = token;
    if (this.seen !== undefined && !this.seen.has(token)) {
      this.seen.add(token);
      this.distinct[this.distinctCount++] = token;
    }
  }

  /** The text of the tokens appended since the last call, whole characters only. */
  takeText(bytes: readonly Uint8Array[]): string {
    let delta = "";
    while (this.emitted < this.length) {
      delta += this.decoder.decode(bytes[this.tokens[this.emitted++]], { stream: true });
    }
    this.text += delta;
    return delta;
  }

  outcome(finishReason: FinishReason, now: number): GenerationOutcome {
    const { arrivedAt } = this.task;
    const firstTokenAt = this.firstTokenAt < 0 ? now : this.firstTokenAt;
    return {
      text: this.text,
      finishReason,
      promptTokens: this.promptLength,
      cachedTokens: this.cachedTokens,
      completionTokens: this.completionTokens,
      forcedTokens: this.forcedTokens,
      queueMs: this.startedAt - arrivedAt,
      prefillMs: firstTokenAt - this.startedAt,
      firstTokenMs: firstTokenAt - arrivedAt,
      decodeMs: now - firstTokenAt,
    };
  }
}
