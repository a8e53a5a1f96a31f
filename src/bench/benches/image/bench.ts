import { mkdir, mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormworkError } from "../../../errors.js";
import { captureEnvironment, type Environment } from "../../environment.js";
import { median } from "../../statistics/distribution.js";
import type { RequirementSet, Side } from "./sets.js";
import { measure, type Tools, tools } from "./tools.js";

/** Goal for the ratio of the two tools. */
export const REACH = 6.9;

const OURS: readonly Side[] = ["uv", "uv, bytecode"];
const THEIRS: readonly Side[] = ["pip", "pip, constrained", "pip, lock"];

export interface ImageBenchOptions {
  set: RequirementSet;
  /** Installs per side. Default: depends on the set. */
  runs?: number | undefined;
  sides?: readonly Side[];
  /** The Python to install into. Default: one that is found or downloaded by uv. */
  python?: string | undefined;
  /** Where Formwork keeps the uv that it measures. */
  cacheFolder: string;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
}

export interface ImageBenchResult {
  bench: "image";
  set: string;
  packages: number;
  versions: { pip: string; uv: string; python: string };
  environment: Environment;
  /** Seconds of each run, in order. */
  sides: Record<string, { seconds: number[]; median: number }>;
  /** uv's time divided by pip's. */
  ratios: Record<string, number>;
  /** The inverse. */
  times_faster: Record<string, number>;
  reach: string;
  reached: boolean | null;
}

/** Installs the set with each side, alternately, each time into a new environment and from empty caches. */
export async function benchImage(options: ImageBenchOptions): Promise<ImageBenchResult> {
  const { set } = options;
  const sides = options.sides ?? set.sides;
  const runs = options.runs ?? set.runs;
  const tell = options.onProgress ?? (() => undefined);
  const folder = await mkdtemp(join(tmpdir(), "formwork-image-"));
  try {
    const keep = await spaceFor(folder, set.diskGiB, sides.length * runs, tell);
    const found = await tools(options.cacheFolder, set.python, options.python, tell);
    const environment = await captureEnvironment();
    const seconds = new Map<Side, number[]>(sides.map((side) => [side, []]));
    let number = 0;
    for (let run = 0; run < runs; run++) {
      // Alternately, in reverse order every second time, so that a changing network favours no side.
      const order = run % 2 === 0 ? sides : [...sides].reverse();
      for (const side of order) {
        tell(`${side}, run ${run + 1} of ${runs}`);
        const own = join(folder, `${number++}`);
        await mkdir(own);
        seconds.get(side)!.push(await measure(side, set, found, own, options.signal));
        if (!keep) await rm(own, { recursive: true, force: true });
      }
    }
    return toResult(set.name, found, environment, seconds, await found.countPackages(set));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function toResult(
  set: string,
  { versions }: Tools,
  environment: Environment,
  seconds: ReadonlyMap<Side, number[]>,
  packages: number,
): ImageBenchResult {
  const sides = Object.fromEntries(
    [...seconds].map(([side, values]) => [
      side,
      { seconds: values.map(rounded), median: rounded(median(values)) },
    ]),
  );
  const ratios: Record<string, number> = {};
  const timesFaster: Record<string, number> = {};
  const pairs = OURS.flatMap((ours) => THEIRS.map((other) => [ours, other] as const));
  for (const [ours, other] of pairs) {
    const [mine, theirs] = [seconds.get(ours), seconds.get(other)];
    if (mine === undefined || theirs === undefined) continue;
    ratios[`${ours} / ${other}`] = rounded(median(mine) / median(theirs));
    timesFaster[`${ours} / ${other}`] = rounded(median(theirs) / median(mine));
  }
  const main = timesFaster["uv / pip"];
  return {
    bench: "image",
    ...{ set, packages, versions, environment, sides, ratios, times_faster: timesFaster },
    reach: `uv / pip: at least ${REACH} times faster`,
    reached: main === undefined ? null : main >= REACH,
  };
}

/** The result as text. */
export function imageText(result: ImageBenchResult): string {
  const { versions, environment } = result;
  const width = Math.max(...Object.keys(result.sides).map((name) => name.length));
  const lines = [
    `${result.packages} packages (${result.set}), Python ${versions.python}, pip ${versions.pip}, uv ${versions.uv}, ` +
      `${environment.cores} cores, load ${environment.load}`,
    ...Object.entries(result.sides).map(
      ([name, side]) => `${name.padEnd(width)}  ${side.median.toFixed(1)} s  (${side.seconds.join(", ")})`,
    ),
    ...Object.entries(result.times_faster).map(
      ([name, times]) => `${name}: ${times.toFixed(1)} times faster`,
    ),
  ];
  if (result.reached !== null) lines.push(`${result.reach}: ${result.reached ? "reached" : "not reached"}`);
  return lines.join("\n");
}

/**
 * Whether there is room to keep all installations until the end. File systems create files slowly right after deleting many (ext4 without
 * a journal searches for inodes that were not used in the last minutes), so each side would pay for the previous one. Throws if there
 * is not even room for one.
 */
async function spaceFor(
  folder: string,
  gibibytes: number,
  installations: number,
  tell: (text: string) => void,
): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / 2 ** 30;
  if (free < gibibytes) {
    throw new FormworkError(
      "wrong_usage",
      `This set takes ${gibibytes} GiB of disk space; ${folder} has ${free.toFixed(1)} GiB. Point TMPDIR elsewhere.`,
    );
  }
  const all = gibibytes * installations;
  if (free >= all) return true;
  tell(
    `${folder} has ${free.toFixed(0)} GiB, not the ${Math.ceil(all)} that would keep all installations to the end: deleting ` +
      "each slows the next one down",
  );
  return false;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
