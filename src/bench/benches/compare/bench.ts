import { type Reach, ratio, ratioByCase, samplesOf } from "../../ratios.js";
import type { Ratio, Results, Sample } from "../../results.js";
import { runSession, type SessionOptions } from "../../run/session.js";
import { benchSuite } from "../../schemas/index.js";
import { median } from "../../statistics/distribution.js";
import { msPerToken, timePerOutputToken } from "../../summary.js";
import type { Target } from "../../target.js";
import type { RawDecode } from "../decode/bench.js";

export interface CompareOptions extends Omit<SessionOptions, "targets" | "plan"> {
  ours: Target;
  peer: Target;
  /** Requests in flight at once: each level on its own. */
  streams: readonly number[];
  runs: number;
  rawDecode: RawDecode;
  sampling: SessionOptions["plan"]["sampling"];
}

/** Goal for one stream against a peer, in time per output token over whole answers. */
const REACH: Readonly<Record<string, Reach>> = {
  "llama-server": { atMost: 0.4 },
  "node-llama-cpp": { atMost: 0.25 },
};

/**
 * Sends the same prompts, schemas, seeds and budgets to both sides, alternately, and validates every answer. Also measures the bare decode
 * loop of the same libraries as the lower bound.
 */
export async function benchCompare(options: CompareOptions): Promise<Results> {
  const { ours, peer, streams, runs, rawDecode, sampling } = options;
  const raw = await rawDecode();
  const results = await runSession({
    ...options,
    targets: [ours, peer],
    plan: {
      title: `${ours.name} and ${peer.name}`,
      cases: benchSuite.cases,
      targets: [ours.name, peer.name],
      runs,
      concurrency: streams,
      sampling,
    },
  });
  raw.push(...(results.complete ? await rawDecode() : []));
  for (const level of streams) results.ratios.push(...levelRatios(results, ours.name, peer, level));
  const one = samplesOf(results.samples, ours.name, 1)
    .map(timePerOutputToken)
    .filter((value) => value !== null);
  if (one.length > 0) {
    results.ratios.push(
      ratio("time per output token, 1 stream, against the bare decode loop", median(one), median(raw)),
    );
  }
  return results;
}

function levelRatios(results: Results, ours: string, peer: Target, level: number): Ratio[] {
  const streams = level === 1 ? "1 stream" : `${level} streams`;
  const reach = level === 1 ? REACH[peer.kind] : undefined;
  const side = (name: string, value: (sample: Sample) => number | null) => ({
    samples: samplesOf(results.samples, name, level),
    value,
  });
  const both = (name: string, value: (sample: Sample) => number | null, wanted?: Reach): Ratio | undefined =>
    ratioByCase(`${name}, ${streams}`, side(ours, value), side(peer.name, value), wanted);
  const total = (name: string) =>
    results.summaries.find((one) => one.target === name && one.concurrency === level && one.case === null);
  const found = [
    both("time per output token", timePerOutputToken, reach),
    both("time per token, whole answer", msPerToken, reach),
    both("time to first token", (sample) => sample.first_token_ms),
  ];
  const [mine, theirs] = [total(ours), total(peer.name)];
  if (mine?.output_tokens_per_second && theirs?.output_tokens_per_second) {
    const wanted: Reach | undefined = level === 8 ? { atLeast: 2 } : undefined;
    found.push(
      ratio(
        `output tokens/s, ${streams}`,
        mine.output_tokens_per_second,
        theirs.output_tokens_per_second,
        wanted,
      ),
    );
  }
  if (mine !== undefined && theirs !== undefined) {
    found.push(ratio(`valid answers, ${streams}`, mine.valid.value, theirs.valid.value));
  }
  return found.filter((one) => one !== undefined);
}
