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
  /** Requests to each warm target before anything counts. Default 2. */
  warmupRequests?: number;
  /** `refuse` throws `not_ready` for a target that is not warm instead of warming it. Default `warm`. */
  coldTargets?: "warm" | "refuse";
  /** Measure this many cold starts of each target first. Default 0. */
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
 * Measures a plan into its journal: cold starts if asked for, then warm-up, which is never counted, then every
 * unit that the journal does not hold yet, in the order of the plan. Returns false where the signal ended it
 * early; what was measured is in the journal anyway.
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
        // It went to sleep meanwhile: what follows would measure its start.
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
  // A case that the target refuses does not warm it: others are tried before it is given up.
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

/** A request that is not counted: the first step of a case, with a seed no measured run uses. */
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
