import { setMaxListeners } from "node:events";
import type { TaskCase } from "../../tasks/index.js";
import type { Target } from "../target.js";
import type { Journal } from "./journal.js";
import { measureCase, type Validate } from "./measure.js";
import type { SamplingPlan } from "./plan.js";

/** Sends requests sequentially on each of N streams for a given time: a server under load. */
export interface LoadPlan {
  cases: readonly TaskCase[];
  /** Parallel streams; each level is measured separately. */
  streams: readonly number[];
  /** Milliseconds per target and level, divided into `slices`. */
  durationMs: number;
  slices: number;
  sampling: SamplingPlan;
}

export interface LoadOptions {
  plan: LoadPlan;
  targets: readonly Target[];
  journal: Journal;
  validate: Validate;
  onProgress?: (progress: { done: number; total: number; label: string }) => void;
  signal?: AbortSignal;
}

/**
 * Keeps all streams busy for the time of the plan; targets alternate by slices. A request running at the end of a slice is finished and
 * counted. Returns false if the signal ended it early.
 */
export async function runLoad(options: LoadOptions): Promise<boolean> {
  const { plan, targets, journal, signal } = options;
  const total = plan.streams.length * plan.slices * targets.length;
  let done = 0;
  // One listener per running request.
  if (signal !== undefined) setMaxListeners(0, signal);
  try {
    for (const streams of plan.streams) {
      const counters = new Map(targets.map((target) => [target.name, 0]));
      for (let slice = 0; slice < plan.slices; slice++) {
        for (let turn = 0; turn < targets.length; turn++) {
          const target = targets[(turn + slice) % targets.length];
          options.onProgress?.({ done, total, label: `${target.name}, ${streams} streams` });
          await runSlice(target, streams, options, counters);
          done += 1;
        }
      }
    }
    options.onProgress?.({ done, total, label: `${journal.samples.length} answers` });
    return true;
  } catch (thrown) {
    if (signal?.aborted) return false;
    throw thrown;
  }
}

async function runSlice(
  target: Target,
  streams: number,
  { plan, journal, validate, signal }: LoadOptions,
  counters: Map<string, number>,
): Promise<void> {
  const until = performance.now() + plan.durationMs / plan.slices;
  const stream = async (): Promise<void> => {
    while (performance.now() < until) {
      signal?.throwIfAborted();
      const number = counters.get(target.name)!;
      counters.set(target.name, number + 1);
      const unit = {
        target: target.name,
        case: plan.cases[number % plan.cases.length],
        run: Math.floor(number / plan.cases.length),
        concurrency: streams,
      };
      journal.addSample(await measureCase(target, unit, plan.sampling, validate, signal));
    }
  };
  await Promise.all(Array.from({ length: streams }, stream));
}
