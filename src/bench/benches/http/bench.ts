import { createHash } from "node:crypto";
import { ratio, ratioByCase, samplesOf } from "../../ratios.js";
import type { Results } from "../../results.js";
import { collectResults, type ResultsHead } from "../../run/collect.js";
import { Journal } from "../../run/journal.js";
import { type LoadOptions, type LoadPlan, runLoad } from "../../run/load.js";
import { benchSuite } from "../../schemas/index.js";
import { median } from "../../statistics/distribution.js";
import { timePerOutputToken } from "../../summary.js";
import type { Target } from "../../target.js";

export interface HttpOptions extends Omit<LoadOptions, "plan" | "journal"> {
  plan: Omit<LoadPlan, "cases">;
  head: ResultsHead;
  folder: string;
  /** Names of our targets; any other is a peer. */
  ours: readonly string[];
  /** Current and peak resident memory of our server's engine in bytes; undefined if it does not report them. */
  memory?: () => Promise<{ now: number; peak: number } | undefined>;
  /**
   * Milliseconds of exchanges with a server that does nothing, of so many clients at a time: the part of HTTP's overhead that is not
   * ours.
   */
  bareExchanges?: (streams: number) => Promise<number[]>;
}

/** Milliseconds that HTTP may take beyond a bare server, by streams. */
const REACH_MS: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [8, 2],
]);

/** Keeps N requests in flight on a real server for a time, streamed and whole, and on a peer's server if given. */
export async function benchHttp(options: HttpOptions): Promise<Results> {
  const plan: LoadPlan = { ...options.plan, cases: benchSuite.cases };
  const title = `HTTP, ${plan.streams.join(", ")} streams`;
  const names = options.targets.map((target) => target.name);
  const settings = JSON.stringify([names, plan.streams, plan.durationMs, plan.sampling]);
  const fingerprint = createHash("sha256").update(settings).digest("hex").slice(0, 16);
  const journal = Journal.create(options.folder, { fingerprint, title, created: new Date().toISOString() });
  for (const target of options.targets) await warm(target, plan, journal, options.signal);
  const before = await options.memory?.();
  const complete = await runLoad({ ...options, plan, journal });
  const after = await options.memory?.();
  const results = collectResults(journal, options.head, complete);
  if (before !== undefined && after !== undefined) {
    const [from, to, peak] = [before.now, after.now, after.peak].map(
      (bytes) => `${(bytes / 1e6).toFixed(0)} MB`,
    );
    results.notes.push(`Memory of our engine: ${from} after the warm-up, ${to} at the end, ${peak} at most.`);
  }
  addRatios(results, options.ours, plan.streams);
  if (complete && options.bareExchanges !== undefined) {
    for (const level of plan.streams) {
      addOverhead(results, options.ours, level, median(await options.bareExchanges(level)));
    }
  }
  return results;
}

async function warm(
  target: Target,
  plan: LoadPlan,
  journal: Journal,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wasWarm = await target.isWarm(signal);
  const times = await target.warmup(signal);
  for (const one of plan.cases.slice(0, 2)) {
    await target.generate({ ...one.steps[0].request([]), ...plan.sampling }, signal);
  }
  journal.addTarget({
    name: target.name,
    kind: target.kind,
    facts: await target.describe(),
    warmup: wasWarm ? null : times,
  });
}

function addRatios(results: Results, ours: readonly string[], streams: readonly number[]): void {
  const peers = results.targets.map((target) => target.name).filter((name) => !ours.includes(name));
  const total = (name: string, level: number) =>
    results.summaries.find((one) => one.target === name && one.concurrency === level && one.case === null);
  for (const level of streams) {
    for (const mine of ours) {
      for (const peer of peers) {
        const [a, b] = [total(mine, level), total(peer, level)];
        const where = `${streamsText(level)}, ${mine} against ${peer}`;
        if (a?.output_tokens_per_second && b?.output_tokens_per_second) {
          const reach = level === 8 ? { atLeast: 2 } : undefined;
          results.ratios.push(
            ratio(`output tokens/s, ${where}`, a.output_tokens_per_second, b.output_tokens_per_second, reach),
          );
        }
        const side = (name: string) => ({
          samples: samplesOf(results.samples, name, level),
          value: timePerOutputToken,
        });
        const times = ratioByCase(`time per output token, ${where}`, side(mine), side(peer));
        if (times !== undefined) results.ratios.push(times);
      }
    }
  }
}

/** What HTTP adds to the engine's own time, beside what it takes with a server that does nothing. */
function addOverhead(results: Results, ours: readonly string[], level: number, bareMs: number): void {
  const more = REACH_MS.get(level);
  const reach = more === undefined ? undefined : { atMostMore: more };
  for (const mine of ours) {
    const overhead = samplesOf(results.samples, mine, level)
      .map((sample) => sample.stages["http"])
      .filter((value) => value !== undefined);
    if (overhead.length === 0) continue;
    const name = `HTTP over the engine and over a bare server, p50 in ms, ${streamsText(level)}, ${mine}`;
    results.ratios.push(ratio(name, median(overhead), bareMs, reach));
  }
}

function streamsText(level: number): string {
  return level === 1 ? "1 stream" : `${level} streams`;
}
