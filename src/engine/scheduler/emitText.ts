import type { Runtime } from "../../runtime/index.js";
import type { AnswerPart } from "../answer/part.js";
import type { Sequence } from "./sequence.js";

/** Emits what has been written since the last call. Returns whether that ends the answer, for example with a stop text. */
export function emitText(sequence: Sequence, tokens: readonly Uint8Array[]): boolean {
  const { reader, listener } = sequence.task;
  const step = sequence.trace?.take();
  if (step !== undefined) listener.trace?.(step);
  const from = sequence.emitted;
  const delta = sequence.takeText(tokens);
  if (reader === undefined) {
    if (delta !== "" || sequence.logprobsToEmit.length > 0) emit(sequence, { type: "text", text: delta });
    return false;
  }
  if (reader.isInReasoning) sequence.reasoningTokens += sequence.emitted - from;
  if (delta === "") return false;
  const wasInText = reader.isInText;
  for (const part of reader.push(delta)) emit(sequence, part);
  // Not for reasoning and calls.
  if (!wasInText && !reader.isInText) sequence.logprobsToEmit = [];
  return reader.isOver;
}

/** Emits what was withheld until the answer was known to be complete. */
export function emitRest(sequence: Sequence): void {
  const { reader } = sequence.task;
  if (reader === undefined) return;
  for (const part of reader.end()) emit(sequence, part);
}

function emit(sequence: Sequence, part: AnswerPart): void {
  const { listener } = sequence.task;
  if (part.type !== "text" || sequence.logprobsToEmit.length === 0) {
    listener.part(part);
    return;
  }
  const logprobs = sequence.logprobsToEmit;
  sequence.logprobsToEmit = [];
  listener.part(part, logprobs);
}

/** Text that is emitted while a GPU computes the next step, so that it takes no additional time. */
export class HeldText {
  private readonly runtime: Runtime;
  private readonly onText: () => void;
  private readonly sequences: Sequence[] = [];

  /** `onText` is called after text has been emitted. */
  constructor(runtime: Runtime, onText: () => void = () => {}) {
    this.runtime = runtime;
    this.onText = onText;
  }

  /** Defers the sequence's text; returns false if it must be emitted now, because it may end the answer. */
  hold(sequence: Sequence): boolean {
    const { task, ending } = sequence;
    const mayWait = this.runtime.decodesAside && ending === undefined && task.reader === undefined;
    if (mayWait) this.sequences.push(sequence);
    return mayWait;
  }

  /** Emits the deferred text, except of cancelled requests; later for preempted ones. */
  emitText(): void {
    if (this.sequences.length === 0) return;
    for (const sequence of this.sequences.splice(0)) {
      if (sequence.row >= 0) emitText(sequence, this.runtime.vocabulary.tokens);
    }
    this.onText();
  }
}
