import type { AnswerPart } from "../answer/part.js";
import type { Sequence } from "./sequence.js";

/** Hands out what has been written since the last call. True where that met a stop text: the answer is over. */
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
  return reader.stopText !== undefined;
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
