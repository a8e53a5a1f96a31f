import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { builtInSuite } from "../../tasks/index.js";
import { SimulatedTarget } from "../testing/simulated.js";
import { Journal } from "./journal.js";
import type { Validate } from "./measure.js";
import { fingerprintOf, orderBlocks, type Plan } from "./plan.js";
import { type RunOptions, runPlan } from "./runner.js";

const cases = builtInSuite("classification").cases.slice(0, 4);
const validate: Validate = async (_, text) => {
  try {
    JSON.parse(text);
    return { valid: true };
  } catch {
    return { valid: false, message: "no JSON" };
  }
};

function planOf(changes: Partial<Plan> = {}): Plan {
  return {
    title: "test",
    cases,
    targets: ["a"],
    runs: 2,
    concurrency: [1],
    sampling: { temperature: 0.3, topP: 0.95, seed: 7 },
    ...changes,
  };
}

const folders: string[] = [];
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "formwork-run-"));
  folders.push(folder);
});
afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true }))));

function begin(plan: Plan, targets: SimulatedTarget[], more: Partial<RunOptions> = {}) {
  const head = { fingerprint: fingerprintOf(plan), title: plan.title, created: "2026-01-01T00:00:00Z" };
  const journal = Journal.create(folder, head);
  return { journal, options: { plan, targets, journal, validate, ...more } satisfies RunOptions };
}

describe("the order of measuring", () => {
  it("lets targets take turns case by case, and rotates who goes first", () => {
    const order = orderBlocks(planOf({ targets: ["a", "b"], runs: 1 })).map((block) => block[0]);
    expect(order.map((unit) => unit.target).join("")).toBe("abbaabba");
    expect(order[0].case).toBe(order[1].case);
  });

  it("keeps one target's block together where several requests are in flight", () => {
    const blocks = orderBlocks(planOf({ targets: ["a", "b"], runs: 2, concurrency: [1, 4] }));
    const wide = blocks.filter((block) => block[0].concurrency === 4);
    expect(wide.map((block) => block[0].target).join("")).toHaveLength(4);
    for (const block of wide) expect(block).toHaveLength(cases.length);
    expect(blocks.flat()).toHaveLength(2 * 2 * 2 * cases.length);
  });

  it("has a fingerprint that tells other cases, settings and targets apart", () => {
    const plan = planOf();
    expect(fingerprintOf(planOf())).toBe(fingerprintOf(plan));
    const others = [
      planOf({ runs: 3 }),
      planOf({ targets: ["b"] }),
      planOf({ cases: cases.slice(1) }),
      planOf({ sampling: { ...plan.sampling, seed: 8 } }),
    ];
    expect(new Set([plan, ...others].map(fingerprintOf)).size).toBe(5);
  });
});

describe("runPlan", () => {
  it("warms up first, counts none of it, and measures every unit once", async () => {
    const target = new SimulatedTarget(cases, { seed: 1, name: "a" });
    const { journal, options } = begin(planOf(), [target]);
    expect(await runPlan(options)).toBe(true);
    expect(target.warmups).toBe(1);
    expect(target.requests).toHaveLength(2 + 8);
    expect(journal.samples).toHaveLength(8);
    expect(journal.samples.every((sample) => sample.valid && sample.correctness === 1)).toBe(true);
    expect(target.requests.slice(2).map((request) => request.seed)).toEqual([7, 7, 7, 7, 8, 8, 8, 8]);
    expect(journal.targets.get("a")?.warmup).toEqual({ total_ms: 120, stages: { load: 80, warmup: 40 } });
  });

  it("refuses a cold target where it is not to warm it", async () => {
    const target = new SimulatedTarget(cases, { seed: 1, name: "a" });
    const { journal, options } = begin(planOf(), [target], { coldTargets: "refuse" });
    await expect(runPlan(options)).rejects.toMatchObject({ code: "not_ready" });
    expect(target.requests).toHaveLength(0);
    expect(journal.samples).toHaveLength(0);
  });

  it("goes on where the target refuses a case, and gives up where it refuses all", async () => {
    const shaky = new SimulatedTarget(cases, { seed: 5, name: "a", failing: 0.5 });
    const { journal, options } = begin(planOf(), [shaky]);
    expect(await runPlan(options)).toBe(true);
    expect(journal.samples).toHaveLength(8);
    const dead = new SimulatedTarget(cases, { seed: 5, name: "a", failing: 1 });
    await expect(runPlan({ ...options, targets: [dead] })).rejects.toThrow(/fails its warm-up: timeout/);
  });

  it("measures cold starts on purpose, split by stage", async () => {
    const target = new SimulatedTarget(cases, { seed: 1, name: "a", warm: true });
    const { journal, options } = begin(planOf(), [target], { coldStarts: 3 });
    await runPlan(options);
    expect(journal.coldStarts).toHaveLength(3);
    expect(journal.coldStarts[2]).toMatchObject({ run: 2, total_ms: 120, stages: { load: 80, warmup: 40 } });
  });

  it("refuses to call a start cold that is not", async () => {
    const target = new SimulatedTarget(cases, { seed: 1, name: "a", warm: true });
    Object.defineProperty(target, "cool", { value: undefined });
    const { options } = begin(planOf(), [target], { coldStarts: 1 });
    await expect(runPlan(options)).rejects.toThrow(/is warm and cannot be cooled/);
  });

  it("keeps as many requests in flight as asked for, and no more", async () => {
    const target = new SimulatedTarget(cases, { seed: 1, name: "a" });
    await runPlan(begin(planOf({ concurrency: [3] }), [target]).options);
    expect(target.mostInFlight).toBe(3);
  });

  it("counts errors, invalid and wrong answers apart", async () => {
    const target = new SimulatedTarget(cases, { seed: 3, name: "a", wrong: 0.5, failing: 0.2 });
    const { journal, options } = begin(planOf({ runs: 40 }), [target], { warmupRequests: 0 });
    await runPlan(options);
    const failures = journal.samples.filter((sample) => sample.error !== null);
    const wrong = journal.samples.filter((sample) => sample.error === null && sample.correctness !== 1);
    expect(failures.length).toBeGreaterThan(10);
    expect(failures.every((sample) => !sample.valid && sample.detail.includes("timeout"))).toBe(true);
    expect(wrong.length).toBeGreaterThan(30);
    expect(wrong.every((sample) => sample.valid)).toBe(true);
  });

  it("keeps what it measured when it is interrupted, and goes on where it stopped", async () => {
    const plan = planOf({ runs: 3 });
    const stop = new AbortController();
    const target = new SimulatedTarget(cases, { seed: 1, name: "a" });
    const { journal, options } = begin(plan, [target], {
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done === 5) stop.abort();
      },
    });
    expect(await runPlan(options)).toBe(false);
    expect(journal.samples.length).toBeGreaterThanOrEqual(5);
    const measured = journal.samples.length;
    expect(measured).toBeLessThan(12);

    // As after a crash in the middle of a line.
    const path = join(folder, "journal.ndjson");
    appendFileSync(path, '{"type":"sample","value":{"target":"a"');
    const again = Journal.resume(folder, fingerprintOf(plan));
    expect(again.samples).toEqual(journal.samples);
    expect(
      await runPlan({ ...options, journal: again, signal: undefined as never, onProgress: () => {} }),
    ).toBe(true);
    expect(again.samples).toHaveLength(12);
    expect(new Set(again.samples.map((one) => `${one.case} ${one.run}`)).size).toBe(12);
    expect(Journal.resume(folder, fingerprintOf(plan)).samples).toHaveLength(12);
  });

  it("does not mix two runs", () => {
    const plan = planOf();
    begin(plan, []);
    expect(() => begin(plan, [])).toThrow(/holds a run already/);
    expect(() => Journal.resume(folder, "0000000000000000")).toThrow(/measured something else/);
    expect(() => Journal.resume(join(folder, "none"), "x")).toThrow(/no run to resume/);
    writeFileSync(
      join(folder, "journal.ndjson"),
      readFileSync(join(folder, "journal.ndjson"), "utf8").slice(5),
    );
    expect(() => Journal.resume(folder, fingerprintOf(plan))).toThrow(/does not begin/);
  });
});
