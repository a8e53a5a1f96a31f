import type { Matcher } from "../../constraint/index.js";
import type { ConstraintSource } from "../../constraint/service/index.js";
import type { FormworkError } from "../../errors.js";
import type { FinishReason, SamplingSettings, ToolCall } from "../../types.js";
import type { AnswerPart } from "../answer/part.js";
import type { AnswerReader } from "../answer/reader.js";
import type { TokenLogprob, TraceStep } from "../engine.js";
import type { Draft } from "./drafts.js";
import { penalises, WrittenTokens } from "./penalties.js";
import { RandomGenerator } from "./random.js";
import { Trace } from "./trace.js";

/** A prepared request: prompt tokens, and a matcher at the start of its grammar. */
export interface GenerationTask {
  prompt: Int32Array;
  /** Undefined: unconstrained; ends at an end token or `maxTokens`. Replaced by another matcher in the slow lane. */
  matcher: Matcher | undefined;
  /** The source for continuing in the slow lane when a step exceeds this thread's limits; undefined: it fails. */
  slowLane?: ConstraintSource;
  maxTokens: number;
  sampling: SamplingSettings;
  /** Separates the parts of the answer; undefined if it is a single text. */
  reader?: AnswerReader;
  /** Number of alternatives per token's log-probability; undefined: no log-probabilities. */
  topLogprobs?: number;
  /** Whether to report the origin of each token. */
  trace?: boolean;
  /** Arrival and deadline, on the clock of `performance.now()`. */
  arrivedAt: number;
  deadlineAt: number;
  listener: GenerationListener;
}

/** Called from `Scheduler.step`; must not throw. `finish` or `fail` is the last call. */
export interface GenerationListener {
  start(promptTokens: number, cachedTokens: number): void;
  /** `logprobs`: of the tokens of this text and of text withheld before it. */
  part(part: AnswerPart, logprobs?: readonly TokenLogprob[]): void;
  /** Only if the task requests it. */
  trace?(step: TraceStep): void;
  finish(outcome: GenerationOutcome): void;
  fail(error: FormworkError): void;
}

export interface GenerationOutcome {
  /** The answer's text. */
  text: string;
  finishReason: FinishReason;
  toolCalls?: readonly ToolCall[];
  reasoning?: string;
  /** The stop text that ended the answer. */
  stopText?: string;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  forcedTokens: number;
  /** Completion tokens of the reasoning before the answer. */
  reasoningTokens: number;
  queueMs: number;
  prefillMs: number;
  firstTokenMs: number;
  decodeMs: number;
}

/**
 * A request inside the scheduler. Its tokens are a single array, prompt then answer; `computed` of them have KV cells, the others are
 * pending. Prefill, decoding one token and decoding a run of forced tokens are the same operation: computing pending tokens.
 */
export class Sequence {
  readonly task: GenerationTask;
  readonly random: RandomGenerator;
  readonly promptLength: number;
  /** The prompt, and the tokens with which the schema forces every answer to start. */
  givenLength: number;
  /** The answer's budget in tokens. */
  readonly budget: number;
  tokens: Int32Array;
  length: number;
  computed = 0;
  /** The runtime's row, -1 while waiting for one. */
  row = -1;
  /** The tokens that may come next; computed while the batch runs. */
  readonly mask: Uint32Array;
  /** Row of logits in the current batch; -1 for none. */
  logitsRow = -1;
  /** Draft tokens; undefined if drafts are turned off. */
  draft: Draft | undefined;
  cachedTokens = 0;
  forcedTokens = 0;
  reasoningTokens = 0;
  /** Whether the budget has excluded a choice or closed the document. */
  squeezed = false;
  text = "";
  /** The error of computing the mask for the current batch. */
  fault: unknown;
  startedAt = -1;
  firstTokenAt = -1;
  /** Number of tokens that have been emitted. */
  emitted: number;
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Only maintained if a penalty needs them. */
  readonly written: WrittenTokens | undefined;
  /** One per described token of the answer; undefined if not requested. */
  readonly logprobs: TokenLogprob[] | undefined;
  /** Log-probabilities that have not been emitted. */
  logprobsToEmit: TokenLogprob[] = [];
  /** Undefined if not requested. */
  readonly trace: Trace | undefined;
  /** How the answer ended, while some of its tokens remain to be described. */
  ending: FinishReason | undefined;

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
    this.written = penalises(task.sampling) ? new WrittenTokens() : undefined;
    this.logprobs = task.topLogprobs === undefined ? undefined : [];
    this.trace = task.trace === true ? new Trace(task.arrivedAt) : undefined;
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

  /** The tokens of the answer so far. */
  get answer(): Int32Array {
    return this.tokens.subarray(this.promptLength, this.length);
  }

  append(token: number): void {
    if (this.length === this.tokens.length) {
      const larger = new Int32Array(Math.min(this.tokens.length * 2, this.promptLength + this.budget));
      larger.set(this.tokens);
      this.tokens = larger;
    }
    this.tokens[this.length++] = token;
    this.written?.add(token);
  }

  /** The prompt, and the tokens of the answer that need no logits: with log-probabilities, those that have one. */
  get describedLength(): number {
    return this.logprobs === undefined ? this.length : this.promptLength + this.logprobs.length;
  }

  /** Whether some token of the answer waits for its log-probability. */
  get isUndescribed(): boolean {
    return this.logprobs !== undefined && this.logprobs.length < this.completionTokens;
  }

  /** Records the log-probability of the next token without one. */
  describe(logprob: TokenLogprob): void {
    this.logprobs!.push(logprob);
    this.logprobsToEmit.push(logprob);
  }

  /** The text of the tokens appended since the last call, as complete characters; with log-probabilities, of described tokens only. */
  takeText(bytes: readonly Uint8Array[]): string {
    const end = this.logprobs === undefined ? this.length : this.promptLength + this.logprobs.length;
    let delta = "";
    while (this.emitted < end) {
      delta += this.decoder.decode(bytes[this.tokens[this.emitted++]], { stream: true });
    }
    this.text += delta;
    return delta;
  }

  outcome(finishReason: FinishReason, now: number): GenerationOutcome {
    const { arrivedAt } = this.task;
    const firstTokenAt = this.firstTokenAt < 0 ? now : this.firstTokenAt;
    const { reader } = this.task;
    return {
      ...(reader === undefined ? { text: this.text, finishReason } : readOutcome(reader, finishReason)),
      promptTokens: this.promptLength,
      cachedTokens: this.cachedTokens,
      completionTokens: this.completionTokens,
      forcedTokens: this.forcedTokens,
      reasoningTokens: this.reasoningTokens,
      queueMs: this.startedAt - arrivedAt,
      prefillMs: firstTokenAt - this.startedAt,
      firstTokenMs: firstTokenAt - arrivedAt,
      decodeMs: now - firstTokenAt,
    };
  }
}

function readOutcome(
  { text, toolCalls, reasoning, stopText }: AnswerReader,
  finishReason: FinishReason,
): Pick<GenerationOutcome, "text" | "finishReason" | "toolCalls" | "reasoning" | "stopText"> {
  return {
    text,
    finishReason: toolCalls.length > 0 ? "tool_calls" : finishReason,
    ...(toolCalls.length > 0 ? { toolCalls } : {}),
    ...(reasoning === "" ? {} : { reasoning }),
    ...(stopText === undefined ? {} : { stopText }),
  };
}
