import { captureEnvironment, type Environment } from "../environment.js";
import { type MaskFigures, type Ratio, RESULTS_VERSION, type Results } from "../results.js";
import { summarise } from "../summary.js";
import type { Journal } from "./journal.js";

export interface ResultsHead {
  kind: string;
  command: string;
  settings: Results["settings"];
  environment: Environment;
}

/** Converts a journal to results. */
export function collectResults(
  journal: Journal,
  head: ResultsHead,
  complete: boolean,
  dollarsPerHour?: number,
): Results {
  return {
    ...emptyResults(head, journal.head.title, journal.head.created),
    complete,
    fingerprint: journal.head.fingerprint,
    targets: [...journal.targets.values()],
    samples: journal.samples,
    cold_starts: journal.coldStarts,
    summaries: summarise(journal.samples, dollarsPerHour),
  };
}

/** Empty results. */
function emptyResults(head: ResultsHead, title: string, created = new Date().toISOString()): Results {
  return {
    formwork_bench: RESULTS_VERSION,
    kind: head.kind,
    created,
    title,
    command: head.command,
    complete: true,
    fingerprint: "",
    environment: head.environment,
    settings: head.settings,
    targets: [],
    samples: [],
    cold_starts: [],
    summaries: [],
    ratios: [],
    masks: [],
    notes: [],
  };
}

/** Converts lines of `bench masks`, or of a peer's runner for the same cases, to results for the report. */
export async function resultsFromMasks(lines: readonly MaskFigures[], command: string): Promise<Results> {
  const environment = await captureEnvironment();
  const results = emptyResults({ kind: "masks", command, settings: {}, environment }, "Masks");
  results.masks = [...lines];
  const ours = lines.find((line) => line.engine === "formwork");
  if (ours !== undefined) {
    for (const other of lines) {
      if (other !== ours) results.ratios.push(...maskRatios(ours, other));
    }
  }
  return results;
}

function maskRatios(ours: MaskFigures, other: MaskFigures): Ratio[] {
  const row = (name: string, a: number, b: number, limit?: number): Ratio => ({
    name: `${name} against ${other.engine}`,
    ours: a,
    other: b,
    ratio: a / b,
    interval: null,
    reach: limit === undefined ? null : `<= ${limit}`,
    reached: limit === undefined ? null : a / b <= limit,
  });
  return [
    row("mask, mean", ours.mask_us["mean"], other.mask_us["mean"], 1),
    row("mask, p99", ours.mask_us["p99"], other.mask_us["p99"], 1),
    row("time to first mask, mean", ours.ttfm_us["mean"], other.ttfm_us["mean"], 0.5),
    row("schemas passing", ours.passing / ours.schemas, other.passing / other.schemas),
  ];
}
