import { ratio, ratioByCase, samplesOf } from "../../ratios.js";
import type { Ratio, Results } from "../../results.js";
import { runSession, type SessionOptions } from "../../run/session.js";
import { BENCH_SCHEMAS, benchSuite } from "../../schemas/index.js";
import { median } from "../../statistics/distribution.js";
import { timePerOutputToken } from "../../summary.js";
import type { Target } from "../../target.js";
import { VariantTarget } from "../../targets/variant.js";
import { prefixRatio } from "./prefix.js";

/** Milliseconds of each step of a bare decode loop with the same libraries: the lower bound for any engine. */
export type RawDecode = () => Promise<number[]>;

/** Milliseconds of one decode by its number of tokens, with logits after the last and after each. */
export type RawBatches = () => Promise<{ tokens: number; oneRowMs: number; allRowsMs: number }[]>;

/** Time inside the runtime's decode and in the whole decode loop since the engine's start, in microseconds. */
export type StepTimes = () => { decode: number; step: number };

export interface DecodeOptions extends Omit<SessionOptions, "targets" | "plan"> {
  ours: Target;
  /** node-llama-cpp, if it is to be measured. */
  peer?: Target | undefined;
  rawDecode: RawDecode;
  rawBatches: RawBatches;
  stepTimes: StepTimes;
  runs: number;
  sampling: SessionOptions["plan"]["sampling"];
}

/**
 * Milliseconds per token of one stream: the bare loop, our engine free and constrained, and the peer free and with its own grammar, on the
 * eight schemas, alternately.
 */
export async function benchDecode(options: DecodeOptions): Promise<Results> {
  const { ours, peer, rawDecode, stepTimes, runs, sampling } = options;
  const sides = [ours, ...(peer === undefined ? [] : [peer])];
  const targets = sides.flatMap((side) => [
    new VariantTarget(`${side.name} constrained`, side, { constraint: "schema" }),
    new VariantTarget(`${side.name} free`, side, { constraint: "free" }),
  ]);
  const raw = await rawDecode();
  const results = await runSession({
    ...options,
    targets,
    plan: {
      title: "Decode, one stream",
      cases: benchSuite.cases,
      targets: targets.map((target) => target.name),
      runs,
      concurrency: [1],
      sampling,
    },
  });
  raw.push(...(results.complete ? await rawDecode() : []));
  results.ratios = decodeRatios(results, ours.name, peer?.name, median(raw), stepTimes());
  if (!results.complete) return results;
  const prefix = await prefixRatio(ours, sampling, options.signal);
  if (prefix !== undefined) results.ratios.push(prefix);
  const batches = (await options.rawBatches()).map(
    ({ tokens, oneRowMs, allRowsMs }) =>
      `${tokens}: ${oneRowMs.toFixed(1)}${tokens > 1 ? ` (${allRowsMs.toFixed(1)})` : ""}`,
  );
  results.notes.push(
    `One decode in ms by its tokens, with logits after the last (after each): ${batches.join(", ")}.`,
  );
  return results;
}

function decodeRatios(
  results: Results,
  ours: string,
  peer: string | undefined,
  rawMs: number,
  { decode, step }: ReturnType<StepTimes>,
): Ratio[] {
  const side = (name: string, kind?: string) => ({
    samples: samplesOf(results.samples, name).filter(
      (one) => kind === undefined || kindOf(one.case) === kind,
    ),
    value: timePerOutputToken,
  });
  const constrained = `${ours} constrained`;
  const free = `${ours} free`;
  const found: (Ratio | undefined)[] = [];
  if (peer !== undefined) {
    const reach = { atMost: 0.3 };
    found.push(
      ratioByCase(`free, against ${peer}`, side(free), side(`${peer} free`), reach),
      ratioByCase(
        `constrained, against ${peer} with its own grammar`,
        side(constrained),
        side(`${peer} constrained`),
        { atMost: 0.25 },
      ),
    );
  }
  found.push(
    ratioByCase(
      "constrained against free, key-heavy",
      side(constrained, "key-heavy"),
      side(free, "key-heavy"),
      {
        atMost: 0.9,
      },
    ),
    ratioByCase("constrained against free, mixed", side(constrained, "mixed"), side(free, "mixed")),
    ratioByCase(
      "constrained against free, free text",
      side(constrained, "free-text"),
      side(free, "free-text"),
      {
        atMost: 1.03,
      },
    ),
  );
  const freeTimes = samplesOf(results.samples, free)
    .map(timePerOutputToken)
    .filter((one) => one !== null);
  if (freeTimes.length > 0) found.push(ratio("free, against the bare decode loop", median(freeTimes), rawMs));
  if (step > 0)
    found.push(
      ratio("time of all steps outside the model, in seconds", (step - decode) / 1e6, step / 1e6, {
        atMost: 0.05,
      }),
    );
  return found.filter((one) => one !== undefined);
}

function kindOf(id: string): string | undefined {
  return BENCH_SCHEMAS.find((schema) => schema.id === id)?.kind;
}
