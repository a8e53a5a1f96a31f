import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TaskCase } from "../../tasks/index.js";
import type { Environment } from "../environment.js";
import type { Results } from "../results.js";
import { collectResults } from "../run/collect.js";
import { Journal } from "../run/journal.js";
import { fingerprintOf } from "../run/plan.js";
import { runPlan } from "../run/runner.js";
import { type SimulatedSettings, SimulatedTarget } from "./simulated.js";

export const TEST_ENVIRONMENT: Environment = {
  cpu: "Test CPU",
  cores: 2,
  memory_gib: 8,
  os: "test",
  node: "v20",
  formwork: "0.0.0",
  revision: "abcdef012345",
  load: 0,
  calibration_ms: 10,
};

/** The results of a run over simulated targets. */
export async function simulatedResults(
  cases: readonly TaskCase[],
  settings: readonly SimulatedSettings[],
  { runs = 5, concurrency = [1], coldStarts = 0 } = {},
): Promise<Results> {
  const targets = settings.map((one) => new SimulatedTarget(cases, one));
  const folder = await mkdtemp(join(tmpdir(), "formwork-simulated-"));
  try {
    const plan = {
      title: "simulated",
      cases,
      targets: targets.map((target) => target.name),
      runs,
      concurrency,
      sampling: { temperature: 0, topP: 1, seed: 1 },
    };
    const journal = Journal.create(folder, {
      fingerprint: fingerprintOf(plan),
      title: plan.title,
      created: "2026-01-01T00:00:00.000Z",
    });
    const validate = async (_: unknown, text: string) => ({ valid: isJson(text) });
    await runPlan({ plan, targets, journal, validate, warmupRequests: 0, coldStarts });
    const head = {
      kind: "tasks" as const,
      command: "formwork bench tasks",
      settings: { runs },
      environment: TEST_ENVIRONMENT,
    };
    return collectResults(journal, head, true, 0.8);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
