import { createHash } from "node:crypto";
import type { TaskCase } from "../../tasks/index.js";

/** A plan of measurements. Its fingerprint covers everything that a repetition must share. */
export interface Plan {
  title: string;
  cases: readonly TaskCase[];
  /** Names of the targets, in the given order. */
  targets: readonly string[];
  /** Times each case is measured. */
  runs: number;
  /** Levels of concurrent requests, measured separately. */
  concurrency: readonly number[];
  sampling: SamplingPlan;
}

export interface SamplingPlan {
  temperature: number;
  topP: number;
  /** Run `n` of a case uses `seed + n` for all targets. */
  seed: number;
}

/** One case, once. */
export interface Unit {
  target: string;
  case: TaskCase;
  run: number;
  concurrency: number;
}

/** Units of one target that run concurrently; blocks run sequentially. */
export type Block = readonly Unit[];

/**
 * The order of measurements. Targets alternate, by case with one request at a time, otherwise by repetition, and the first one rotates, so
 * that disturbances of the machine (heat, neighbours) affect all equally.
 */
export function orderBlocks(plan: Plan): Block[] {
  const blocks: Block[] = [];
  let turn = 0;
  for (const concurrency of plan.concurrency) {
    for (let run = 0; run < plan.runs; run++) {
      const units = (target: string, cases: readonly TaskCase[]): Block =>
        cases.map((one) => ({ target, case: one, run, concurrency }));
      const groups = concurrency === 1 ? plan.cases.map((one) => [one]) : [plan.cases];
      for (const group of groups) {
        for (const target of rotated(plan.targets, turn)) blocks.push(units(target, group));
        turn += 1;
      }
    }
  }
  return blocks;
}

export function unitKey(unit: { target: string; case: string; run: number; concurrency: number }): string {
  return JSON.stringify([unit.target, unit.case, unit.run, unit.concurrency]);
}

/** Sixteen hexadecimal digits, equal for plans whose results may be combined. */
export function fingerprintOf(plan: Plan): string {
  const cases = plan.cases.map((one) => {
    // Later steps depend on answers, represented by the reference.
    const requests = one.steps.map((step, index) => {
      if (index === 0 || one.reference !== undefined) return step.request(one.reference ?? []);
      return step.task;
    });
    return [one.suite, one.id, requests];
  });
  const content = JSON.stringify([cases, plan.targets, plan.runs, plan.concurrency, plan.sampling]);
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

function rotated<Value>(values: readonly Value[], by: number): Value[] {
  const from = by % values.length;
  return [...values.slice(from), ...values.slice(0, from)];
}
