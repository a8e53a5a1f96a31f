import { setMaxListeners } from "node:events";
import type { TaskCase } from "../../../tasks/index.js";
import { ratio } from "../../ratios.js";
import type { Results } from "../../results.js";
import { collectResults, type ResultsHead } from "../../run/collect.js";
import { Journal } from "../../run/journal.js";
import { measureCase, type Validate } from "../../run/measure.js";
import type { SamplingPlan } from "../../run/plan.js";
import type { Target } from "../../target.js";

/** Resident bytes of the two processes of a server. */
export interface MemoryReading {
  engine: { now: number; peak: number };
  server: number;
}

export interface MemoryOptions {
  target: Target;
  requests: number;
  streams: number;
  /** Read after a tenth of the requests, a half and all of them. */
  readMemory(): Promise<MemoryReading | undefined>;
  sampling: SamplingPlan;
  head: ResultsHead;
  folder: string;
  validate: Validate;
  onProgress?: (progress: { done: number; total: number; label: string }) => void;
  signal?: AbortSignal;
}

/** More than the engine and the validator cache, so that cached schemas are evicted, too. */
const SCHEMAS = 400;

/**
 * Maximum ratio of the memory at the last and first mark that counts as constant. A process that mainly consists of JavaScript's heap
 * grows a little before it settles.
 */
const FLAT = { engine: 1.05, server: 1.25 };

/** A short request: a unique prompt, one of 400 schemas, an answer of a few tokens. */
function shortCase(number: number): TaskCase {
  const schema = {
    type: "object",
    properties: { answer: { enum: ["yes", "no", `see ${number % SCHEMAS}`] } },
    required: ["answer"],
    additionalProperties: false,
  };
  return {
    id: "short",
    suite: "memory",
    formOnly: true,
    steps: [
      { task: "generate", request: () => ({ prompt: `Is ${number} a prime?`, schema, maxTokens: 24 }) },
    ],
    judge: async () => ({ completeness: 1, correctness: undefined, detail: "" }),
  };
}

/** Sends many short requests to one server and measures the memory of its processes: a leak shows as a slope. */
export async function benchMemory(options: MemoryOptions): Promise<Results> {
  const { target, requests, streams, sampling, validate, signal } = options;
  const title = `Memory over ${requests} short requests, ${streams} streams`;
  const journal = Journal.create(options.folder, {
    fingerprint: `memory-${requests}-${streams}`,
    title,
    created: new Date().toISOString(),
  });
  // One listener per running request.
  if (signal !== undefined) setMaxListeners(0, signal);
  const warmup = await target.warmup(signal);
  journal.addTarget({ name: target.name, kind: target.kind, facts: await target.describe(), warmup });
  const readings: { answers: number; memory: MemoryReading }[] = [];
  const marks = [requests / 10, requests / 2, requests].map(Math.ceil);
  let begun = 0;
  let done = 0;
  const stream = async (): Promise<void> => {
    while (begun < requests) {
      signal?.throwIfAborted();
      const run = begun++;
      const unit = { target: target.name, case: shortCase(run), run, concurrency: streams };
      journal.addSample(await measureCase(target, unit, sampling, validate, signal));
      const answers = ++done;
      options.onProgress?.({ done, total: requests, label: "short requests" });
      if (!marks.includes(answers)) continue;
      const memory = await options.readMemory();
      if (memory !== undefined) readings.push({ answers, memory });
    }
  };
  let complete = true;
  try {
    await Promise.all(Array.from({ length: streams }, stream));
  } catch (thrown) {
    if (!signal?.aborted) throw thrown;
    complete = false;
  }
  const results = collectResults(journal, options.head, complete);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  for (const { answers, memory } of readings) {
    results.notes.push(
      `After ${answers} answers: engine ${megabytes(memory.engine.now)} (at most ${megabytes(memory.engine.peak)}), ` +
        `server ${megabytes(memory.server)}.`,
    );
  }
  const [first, last] = [readings[0], readings[readings.length - 1]];
  if (readings.length > 1) {
    const names = `after ${last.answers} answers against ${first.answers}`;
    results.ratios.push(
      ratio(`engine's memory in MB ${names}`, last.memory.engine.now / 1e6, first.memory.engine.now / 1e6, {
        atMost: FLAT.engine,
      }),
      ratio(`server's memory in MB ${names}`, last.memory.server / 1e6, first.memory.server / 1e6, {
        atMost: FLAT.server,
      }),
    );
  }
  return results;
}
