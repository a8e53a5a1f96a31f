import { FormworkError } from "../../errors.js";
import type { Runtime } from "../../runtime/index.js";
import type { FinishReason } from "../../types.js";
import type { TokenOrigin } from "../engine.js";
import type { SchedulerCounters } from "./counters.js";
import { Logprobs } from "./logprobs.js";
import { Sampler } from "./sampling.js";
import type { Sequence } from "./sequence.js";

/** Number of most probable tokens in a trace per sampled token. */
const TRACED_ALTERNATIVES = 3;

/** Number of choices that the budget may exclude at one position before the writer closes the document. */
const MAX_REFUSALS = 8;

/**
 * Turns logits into the next tokens of a sequence, within its mask and its budget. Invariant that keeps documents complete: after every
 * accepted token, a valid ending fits into the remaining budget.
 */
export class Writer {
  private readonly runtime: Runtime;
  private readonly counters: SchedulerCounters;
  private readonly log: (event: string, fields: Record<string, unknown>) => void;
  private readonly sampler: Sampler;
  private readonly logprobs: Logprobs;

  constructor(
    runtime: Runtime,
    counters: SchedulerCounters,
    log: (event: string, fields: Record<string, unknown>) => void,
  ) {
    this.runtime = runtime;
    this.counters = counters;
    this.log = log;
    const { vocabulary } = runtime;
    this.sampler = new Sampler(vocabulary.size, vocabulary.eos, runtime.model.endOfTurn);
    this.logprobs = new Logprobs(vocabulary, runtime.model.endOfTurn);
  }

  /** Appends the tokens with which every document of this grammar starts. */
  begin(sequence: Sequence): void {
    if (sequence.task.matcher !== undefined) this.appendForced(sequence);
  }

  /** Appends tokens from the slow lane; returns how the document ended, if it did. */
  settle(sequence: Sequence): FinishReason | undefined {
    this.appendForced(sequence);
    if (sequence.task.matcher!.mustEnd) return this.ended(sequence);
    return sequence.remaining === 0 ? this.closed(sequence) : undefined;
  }

  /** The end of the document, if it needs no choice. */
  endOf(sequence: Sequence): FinishReason | undefined {
    return sequence.task.matcher?.mustEnd === true ? this.ended(sequence) : undefined;
  }

  /** Computes the sequence's mask; needs no logits, so a batch may be running. */
  prepare(sequence: Sequence): void {
    const { matcher } = sequence.task;
    if (matcher === undefined || matcher.mustEnd || sequence.remaining === 0) return;
    const maskAt = performance.now();
    matcher.fillMask(sequence.mask);
    this.counters.masks++;
    this.counters.maskMicroseconds += (performance.now() - maskAt) * 1000;
  }

  /** Chooses the next token, with the prepared mask and the logits of the sequence's row, and appends forced tokens; or returns how it ended. */
  write(sequence: Sequence): FinishReason | undefined {
    return sequence.task.matcher === undefined ? this.chooseFree(sequence) : this.choose(sequence);
  }

  /** Chooses a token within the mask, then appends the tokens forced after it. */
  private choose(sequence: Sequence): FinishReason | undefined {
    const matcher = sequence.task.matcher!;
    if (matcher.mustEnd) return this.ended(sequence);
    if (sequence.remaining === 0) return this.closed(sequence);
    const { sampling } = sequence.task;
    const { eos } = this.runtime.vocabulary;
    const { mask } = sequence;
    const logits = this.runtime.logits(sequence.logitsRow);
    if (isWatched(sequence)) this.logprobs.keep(logits);
    this.sampler.prepare(logits, sampling, sequence.written);
    for (let refusals = 0; refusals < MAX_REFUSALS; refusals++) {
      const token = this.sampler.sample(logits, mask, sampling, sequence.random);
      if (token < 0) break;
      if (token === eos) return this.ended(sequence);
      if (!matcher.accept(token)) {
        this.log("mask_disagrees", { token, text: sequence.text });
      } else if (this.reachesEnd(sequence, sequence.remaining - 1)) {
        this.appendChosen(sequence, token, mask);
        this.appendForced(sequence);
        if (matcher.mustEnd) return this.ended(sequence);
        return sequence.remaining === 0 ? this.closed(sequence) : undefined;
      } else {
        matcher.rollback(1);
      }
      mask[token >>> 5] &= ~(1 << (token & 31));
    }
    return this.close(sequence);
  }

  private chooseFree(sequence: Sequence): FinishReason | undefined {
    const { vocabulary } = this.runtime;
    const { sampling } = sequence.task;
    const logits = this.runtime.logits(sequence.logitsRow);
    if (isWatched(sequence)) this.logprobs.keep(logits);
    this.sampler.prepare(logits, sampling, sequence.written);
    const token = this.sampler.sample(logits, undefined, sampling, sequence.random);
    if (token === vocabulary.eos || this.runtime.model.endOfTurn.includes(token)) return "stop";
    this.appendChosen(sequence, token, this.sampler.full);
    return sequence.remaining === 0 ? "length" : undefined;
  }

  /** Appends a token sampled within `mask` from the copied logits, and reports it if requested. */
  private appendChosen(sequence: Sequence, token: number, mask: Uint32Array): void {
    sequence.append(token);
    this.describe(sequence, token, mask);
    if (sequence.trace === undefined) return;
    const { logprob, maskedLogprob, top } = this.logprobs.describe(token, mask, TRACED_ALTERNATIVES);
    const origin = top[0].allowed ? "sampled" : "changed";
    sequence.trace.add(this.runtime.vocabulary.tokens[token], origin, { logprob, maskedLogprob, top });
  }

  /** Appends a token that was not sampled. */
  private append(sequence: Sequence, token: number, origin: TokenOrigin): void {
    sequence.append(token);
    sequence.trace?.add(this.runtime.vocabulary.tokens[token], origin);
  }

  /** Describes the next forced token of the answer, by the logits of the sequence's row. */
  describeForced(sequence: Sequence): void {
    this.logprobs.keep(this.runtime.logits(sequence.logitsRow));
    this.describe(sequence, sequence.tokens[sequence.promptLength + sequence.logprobs!.length], undefined);
  }

  private describe(sequence: Sequence, token: number, mask: Uint32Array | undefined): void {
    if (sequence.logprobs === undefined) return;
    sequence.describe(this.logprobs.describe(token, mask, sequence.task.topLogprobs!));
  }

  /** Whether `budget` tokens are enough to complete the document from the matcher's position. */
  private reachesEnd(sequence: Sequence, budget: number): boolean {
    const matcher = sequence.task.matcher!;
    const least = matcher.tokensToEnd();
    if (least === 0 && !matcher.canEnd) {
      // The mask guaranteed an ending. This is a bug of the constraint engine, which costs a choice, not the document.
      this.log("dead_end", { text: sequence.text });
      return false;
    }
    if (least > budget) sequence.squeezed = true;
    return least <= budget;
  }

  /** Appends forced tokens; none if the budget is too small to complete the document that way. */
  private appendForced(sequence: Sequence): void {
    const matcher = sequence.task.matcher!;
    for (;;) {
      const forced = matcher.forcedTokens();
      let accepted = 0;
      while (accepted < forced.length && matcher.accept(forced[accepted])) accepted++;
      if (accepted === 0) return;
      if (!this.reachesEnd(sequence, sequence.remaining - accepted)) {
        matcher.rollback(accepted);
        return;
      }
      for (let i = 0; i < accepted; i++) this.append(sequence, forced[i], "forced");
      sequence.forcedTokens += accepted;
    }
  }

  /** Writes the shortest known ending. */
  private close(sequence: Sequence): FinishReason {
    const matcher = sequence.task.matcher!;
    sequence.squeezed = true;
    const closing = matcher.closingTokens();
    for (const token of closing) {
      if (sequence.remaining === 0 || !matcher.accept(token)) break;
      this.append(sequence, token, "closed");
    }
    return this.closed(sequence);
  }

  private ended(sequence: Sequence): FinishReason {
    return sequence.squeezed ? "length" : "stop";
  }

  /** The end of the budget; by the invariant, the document is complete here. */
  private closed(sequence: Sequence): FinishReason {
    if (!sequence.task.matcher!.canEnd) {
      throw new FormworkError("internal", "The constraint engine found no way to end the document in time.");
    }
    return "length";
  }
}

/** Whether the logits of a choice are needed after it. */
function isWatched({ logprobs, trace }: Sequence): boolean {
  return logprobs !== undefined || trace !== undefined;
}
