import type { CompileLimits } from "../../constraint/index.js";
import { LimitError } from "../../errors.js";
import type { SchemaSource } from "../../types.js";

/**
 * What compiling and following a schema may cost on the thread that decodes for all: tens of milliseconds at the beginning, a
 * few at each step. Nearly all schemas stay far below. What does not goes to the slow lane. All of it is counted, so that a
 * schema takes the same lane on every machine, however busy.
 */
export const FAST_LANE: Partial<CompileLimits> = {
  compileWork: 75_000,
  stepWork: 100_000,
  memoryBytes: 24 << 20,
};

/** Longer schemas go to the slow lane unread: reading them takes longer than a step may. */
const MAX_FAST_CHARACTERS = 128 * 1024;

/** Whether the schema is short enough to be tried on this thread. */
export function fitsFastLane({ schemaText, documents }: SchemaSource): boolean {
  let characters = schemaText.length;
  for (const text of Object.values(documents ?? {})) characters += text.length;
  return characters <= MAX_FAST_CHARACTERS;
}

/** Whether it was this thread's limits that a schema exceeded: elsewhere it may do. */
export function exceedsFastLane(thrown: unknown): boolean {
  return thrown instanceof LimitError && thrown.limit in FAST_LANE;
}
