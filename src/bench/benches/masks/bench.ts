import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { prepareFormats, type Vocabulary } from "../../../constraint/index.js";
import { FormworkError } from "../../../errors.js";
import type { MaskFigures } from "../../results.js";
import type { Shard } from "../../shard.js";
import { type MaskCase, readCases, readVocabulary } from "./cases.js";
import { distributionChart } from "./chart.js";
import { NearEndRun } from "./nearEnd.js";
import { OwnVocabularyRun } from "./ownVocabulary.js";
import { type PeerName, PeerRun, preparePython } from "./peers.js";
import { type CaseOutcome, MaskRun } from "./run.js";
import type { Tokenizer } from "./tokenizer.js";
import { publicVocabulary, type VocabularyName } from "./vocabularies.js";

export interface MaskBenchOptions {
  /** Folder with `cases.ndjson.gz`, `vocabulary.json` and, for peers, `tokenizer.json`. */
  cases: string;
  shard: Shard;
  /** File for the outcome of each case, one line of JSON each. */
  out?: string;
  /** Engines to run over the same cases, alternating with ours. */
  peers?: readonly PeerName[];
  /**
   * A public vocabulary to use instead of the cases' own, alternating with the latter, which is then reported as a peer. Not with other
   * peers.
   */
  vocabulary?: VocabularyName;
  /** Whether to measure masks near the end of a budget, too. */
  nearEnd?: boolean;
  /** Number of slowest cases to list, by first mask and by any other mask. */
  worst?: number;
  /** Folder for the charts. */
  charts?: string;
  signal?: AbortSignal;
  /** Called with the number of finished cases. */
  progress?: (done: number) => void;
}

/** The line printed with `--json`. */
export interface MaskBenchResult extends MaskFigures {
  vocabulary: number;
  /** Masks near the end of a budget, in microseconds. */
  near_end_us?: Record<string, number>;
  /** The slowest cases, the slowest first, in microseconds. */
  worst?: { first: SlowCase[]; mask: SlowCase[] };
  peers?: MaskFigures[];
  /** Our value divided by the peer's, by `<peer> <figure>`; absent without peers. */
  ratios?: Record<string, number>;
}

export interface SlowCase {
  id: string;
  us: number;
}

/** Number of slices of the cases with peers, so that disturbances of the machine affect both sides. */
const TURNS = 16;

/**
 * Runs all cases of the shard: follows each document token by token, timing mask and accept together. Throws `wrong_usage` if the folder
 * cannot be read or a peer cannot be prepared.
 */
export async function benchMasks(options: MaskBenchOptions): Promise<MaskBenchResult> {
  if (options.vocabulary !== undefined && (options.peers ?? []).length > 0)
    throw new FormworkError(
      "wrong_usage",
      "--peer and --vocabulary exclude each other: peers only support the cases' own vocabulary.",
    );
  const { vocabulary, tokenizer } = await vocabularyFor(options);
  await prepareFormats();
  const ours = new MaskRun(vocabulary);
  const nearEnd = options.nearEnd === true ? new NearEndRun(vocabulary) : undefined;
  const outcomes: CaseOutcome[] = [];
  const own = tokenizer === undefined ? undefined : new OwnVocabularyRun(options.cases);
  const peers: PeerRun[] = [];
  for (const name of options.peers ?? []) {
    peers.push(new PeerRun(name, await preparePython(name, options.signal), options.cases));
  }
  const out = options.out === undefined ? undefined : createWriteStream(options.out);
  let others: MaskFigures[];
  let done = 0;
  const turns = peers.length === 0 ? 1 : TURNS;
  try {
    for (let turn = 0; turn < turns; turn++) {
      const { index, count } = options.shard;
      const shard = { index: index + turn * count, count: count * turns };
      for await (const one of readCases(options.cases, shard)) {
        options.signal?.throwIfAborted();
        await own?.run(one, options.signal);
        if (tokenizer !== undefined) await retokenise(one, tokenizer);
        const outcome = ours.run(one);
        if (options.worst !== undefined) outcomes.push(outcome);
        nearEnd?.run(one);
        out?.write(`${JSON.stringify(outcome)}\n`);
        options.progress?.(++done);
      }
      for (const peer of peers) await peer.shard(shard, options.signal);
    }
    others = own === undefined ? peers.map((peer) => peer.figures()) : [await own.figures()];
  } finally {
    await tokenizer?.close();
    await own?.close();
  }
  if (out !== undefined) await new Promise<void>((resolve) => out.end(resolve));
  const figures = ours.figures();
  if (options.charts !== undefined) await writeCharts(options.charts, [figures, ...others]);
  const result: MaskBenchResult = {
    ...figures,
    vocabulary: vocabulary.size,
    ...(nearEnd === undefined ? {} : { near_end_us: nearEnd.figures() }),
    ...(options.worst === undefined ? {} : { worst: slowest(outcomes, options.worst) }),
  };
  if (others.length === 0) return result;
  return { ...result, peers: others, ratios: ratiosOf(figures, others) };
}

function slowest(outcomes: readonly CaseOutcome[], most: number): { first: SlowCase[]; mask: SlowCase[] } {
  const list = (timeOf: (outcome: CaseOutcome) => number | undefined): SlowCase[] =>
    outcomes
      .map((outcome) => ({ id: outcome.id, us: timeOf(outcome) ?? 0 }))
      .sort((a, b) => b.us - a.us)
      .slice(0, most);
  return { first: list(({ first_us }) => first_us), mask: list(({ slowest_us }) => slowest_us) };
}

async function vocabularyFor(
  options: MaskBenchOptions,
): Promise<{ vocabulary: Vocabulary; tokenizer?: Tokenizer }> {
  if (options.vocabulary !== undefined) return publicVocabulary(options.vocabulary);
  return { vocabulary: await readVocabulary(options.cases) };
}

async function retokenise(one: MaskCase, tokenizer: Tokenizer): Promise<void> {
  const tokens = await tokenizer.tokenise(one.tests.map((test) => test.text));
  one.tests.forEach((test, index) => {
    test.tokens = tokens[index];
  });
}

function ratiosOf(ours: MaskFigures, others: readonly MaskFigures[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const other of others) {
    const name = other.engine;
    ratios[`${name} passing`] = ratio(ours.passing, other.passing);
    for (const figure of ["mean", "p50", "p99", "p99.9"]) {
      ratios[`${name} mask ${figure}`] = ratio(ours.mask_us[figure], other.mask_us[figure]);
      ratios[`${name} first mask ${figure}`] = ratio(ours.ttfm_us[figure], other.ttfm_us[figure]);
    }
  }
  return ratios;
}

function ratio(ours: number, theirs: number): number {
  return theirs === 0 ? 0 : Math.round((ours / theirs) * 1000) / 1000;
}

async function writeCharts(folder: string, engines: readonly MaskFigures[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const charts = [
    ["masks.svg", distributionChart("Mask and commit, a token", "mask_us", engines)],
    ["first-masks.svg", distributionChart("Compiling and the first mask, a schema", "ttfm_us", engines)],
  ];
  for (const [name, content] of charts) await writeFile(join(folder, name), content);
}
