import { FormworkError } from "../../errors.js";
import type { TaskCase } from "../../tasks/index.js";
import type { Target } from "../target.js";
import type { Journal } from "./journal.js";
import { measureCase, type Validate } from "./measure.js";
import { type Block, orderBlocks, type Plan, type Unit, unitKey } from "./plan.js";

export interface RunOptions {
  plan: Plan;
  targets: readonly Target[];
  journal: Journal;
  validate: Validate;
  /** Number of uncounted requests to each warm target. Default 2. */
  warmupRequests?: number;
  /** `refuse`: throw `not_ready` for a cold target instead of warming it up. Default `warm`. */
  coldTargets?: "warm" | "refuse";
  /** Number of cold starts to measure per target first. Default 0. */
  coldStarts?: number;
  onProgress?: (progress: RunProgress) => void;
  signal?: AbortSignal;
}

export interface RunProgress {
  done: number;
  total: number;
  label: string;
}

/**
 * Measures a plan into its journal: cold starts if requested, then the warm-up, which does not count, then all units that are not in the
 * journal, in the order of the plan. Returns false if the signal ended it early; measurements so far are in the journal.
 */
export async function runPlan(options: RunOptions): Promise<boolean> {
  const { plan, targets, journal, signal } = options;
  const done = new Set(journal.samples.map((sample) => unitKey(sample)));
  const blocks = orderBlocks(plan)
    .map((block) => block.filter((unit) => !done.has(keyOf(unit))))
    .filter((block) => block.length > 0);
  const total = blocks.reduce((units, block) => units + block.length, done.size);
  const report = (label: string): void =>
    options.onProgress?.({ done: journal.samples.length, total, label });

  try {
    for (const target of targets) {
      await measureColdStarts(target, options, report);
      report(`warming ${target.name}`);
      await warm(target, options);
    }
    for (const block of blocks) {
      const target = targets.find((one) => one.name === block[0].target)!;
      if (!(await target.isWarm(signal))) {
        // It has scaled down: further requests would measure its start.
        report(`warming ${target.name} again`);
        await target.warmup(signal);
      }
      await runBlock(target, block, options, (unit) => report(`${target.name}: ${unit.case.id}`));
    }
    report("done");
    return true;
  } catch (thrown) {
    if (signal?.aborted) return false;
    throw thrown;
  }
}

async function runBlock(
  target: Target,
  block: Block,
  { plan, journal, validate, signal }: RunOptions,
  onUnit: (unit: Unit) => void,
): Promise<void> {
  const waiting = [...block];
  const worker = async (): Promise<void> => {
    for (let unit = waiting.shift(); unit !== undefined; unit = waiting.shift()) {
      signal?.throwIfAborted();
      onUnit(unit);
      journal.addSample(await measureCase(target, unit, plan.sampling, validate, signal));
    }
  };
  await Promise.all(Array.from({ length: Math.min(block[0].concurrency, block.length) }, worker));
}

async function measureColdStarts(
  target: Target,
  options: RunOptions,
  report: (label: string) => void,
): Promise<void> {
  const { coldStarts = 0, journal, plan, signal } = options;
  if (coldStarts === 0) return;
  const measured = journal.coldStarts.filter((start) => start.target === target.name).length;
  for (let run = measured; run < coldStarts; run++) {
    report(`cold start ${run + 1} of ${target.name}`);
    if (target.cool !== undefined) await target.cool();
    if (await target.isWarm(signal)) {
      throw new FormworkError(
        "wrong_usage",
        `${target.name} is warm and cannot be cooled from here: wait until it has scaled down, or leave out --cold.`,
      );
    }
    const { total_ms, stages } = await target.warmup(signal);
    const first = await answerOnce(target, plan, plan.cases[0], 0, signal);
    if (first.error !== null) throw new FormworkError("engine_unavailable", first.error.message);
    journal.addColdStart({ target: target.name, run, total_ms, stages, first_answer_ms: first.latency_ms });
  }
}

async function warm(target: Target, options: RunOptions): Promise<void> {
  const { coldTargets = "warm", warmupRequests = 2, plan, journal, signal } = options;
  const wasWarm = await target.isWarm(signal);
  if (!wasWarm && coldTargets === "refuse") {
    throw new FormworkError(
      "not_ready",
      `${target.name} is cold, so the first figures would be those of its start. Let the bench warm it up, or measure the start on purpose with --cold.`,
    );
  }
  const times = await target.warmup(signal);
  if (!(await target.isWarm(signal))) {
    throw new FormworkError("not_ready", `${target.name} says that it is not ready after its warm-up.`);
  }
  const facts = await target.describe();
  journal.addTarget({ name: target.name, kind: target.kind, facts, warmup: wasWarm ? null : times });
  // A case that the target rejects does not warm it up: others are tried before giving up.
  let warmed = 0;
  let failure = "";
  for (let i = 0; warmed < warmupRequests && i < warmupRequests + 4; i++) {
    const answer = await answerOnce(target, plan, plan.cases[i % plan.cases.length], 1_000_000 + i, signal);
    if (answer.error === null) warmed += 1;
    else failure = `${answer.error.code}: ${answer.error.message}`;
  }
  if (warmed === 0 && warmupRequests > 0) {
    throw new FormworkError("engine_unavailable", `${target.name} fails its warm-up: ${failure}`);
  }
}

/** An uncounted request: the first step of a case, with a seed that no measured run uses. */
function answerOnce(
  target: Target,
  plan: Plan,
  one: TaskCase,
  seedOffset: number,
  signal: AbortSignal | undefined,
): ReturnType<Target["generate"]> {
  const request = one.steps[0].request([]);
  return target.generate({ ...request, ...plan.sampling, seed: plan.sampling.seed + seedOffset }, signal);
}

function keyOf(unit: Unit): string {
  const { target, run, concurrency } = unit;
  return unitKey({ target, case: unit.case.id, run, concurrency });
}
