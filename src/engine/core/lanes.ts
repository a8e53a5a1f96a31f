import type { CompileLimits } from "../../constraint/index.js";
import { LimitError } from "../../errors.js";
import type { SchemaSource } from "../../types.js";

/**
 * Limits of compiling and following a schema on the decode thread: tens of milliseconds at the start, a few per step. Nearly all
 * schemas stay far below. The others go to the slow lane. Work is counted, so a schema takes the same lane on every machine,
 * however busy.
 */
export const FAST_LANE: Partial<CompileLimits> = {
  compileWork: 75_000,
  stepWork: 100_000,
  memoryBytes: 24 << 20,
};

/** Longer schemas go to the slow lane unread, since reading them takes longer than a step may. */
const MAX_FAST_CHARACTERS = 128 * 1024;

/** Whether the schema is short enough to be tried on this thread. */
export function fitsFastLane({ schemaText, documents }: SchemaSource): boolean {
  let characters = schemaText.length;
  for (const text of Object.values(documents ?? {})) characters += text.length;
  return characters <= MAX_FAST_CHARACTERS;
}

/** Whether a schema exceeded this thread's limits, so that it may work elsewhere. */
export function exceedsFastLane(thrown: unknown): boolean {
  return thrown instanceof LimitError && thrown.limit in FAST_LANE;
}
