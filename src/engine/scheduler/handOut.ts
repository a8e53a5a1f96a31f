import type { Runtime } from "../../runtime/index.js";
import type { AnswerPart } from "../answer/part.js";
import type { Sequence } from "./sequence.js";

/** Hands out what has been written since the last call. True where that was the end of the answer, as with a stop text. */
export function handOut(sequence: Sequence, tokens: readonly Uint8Array[]): boolean {
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
  // Those of thoughts and calls are not asked for.
  if (!wasInText && !reader.isInText) sequence.logprobsToEmit = [];
  return reader.isOver;
}

/** Hands out what was held back until the answer was known to be whole. */
export function handOutRest(sequence: Sequence): void {
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

/** Text that is handed out while a GPU computes the next step, and so takes no time of its own. */
export class HeldText {
  private readonly runtime: Runtime;
  private readonly onText: () => void;
  private readonly sequences: Sequence[] = [];

  /** `onText` is called after some has been handed out. */
  constructor(runtime: Runtime, onText: () => void = () => {}) {
    this.runtime = runtime;
    this.onText = onText;
  }

  /** Holds back what the sequence wrote; false where that is to be handed out now, since it may end the answer. */
  hold(sequence: Sequence): boolean {
    const { task, ending } = sequence;
    const mayWait = this.runtime.decodesAside && ending === undefined && task.reader === undefined;
    if (mayWait) this.sequences.push(sequence);
    return mayWait;
  }

  /** Hands out what was held: nothing for requests that have left, later for those that were preempted. */
  handOut(): void {
    if (this.sequences.length === 0) return;
    for (const sequence of this.sequences.splice(0)) {
      if (sequence.row >= 0) handOut(sequence, this.runtime.vocabulary.tokens);
    }
    this.onText();
  }
}
