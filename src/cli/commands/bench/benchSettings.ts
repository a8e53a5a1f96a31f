import { FormworkError } from "../../../errors.js";
import {
  integer,
  jsonToggle,
  list,
  number,
  type Setting,
  text,
  type ValuesOf,
} from "../../config/setting.js";
import { engineSettings } from "../../engine.js";

// The settings that several benches share: each has one name and one definition, here.

/** Settings of the embedded engine, except which engine it is: each bench decides that itself. */
const { engine: _engine, engineKey, schemaInPrompt: _schemaInPrompt, ...modelSettings } = engineSettings;

/** How much worse than a baseline counts as a regression. */
export const thresholdSettings = {
  "bench.threshold": number({
    flag: "--threshold <share>",
    description: "allowed growth of a time, as a fraction (0.1 is 10 %)",
    minimum: 0,
    fallback: 0.1,
  }),
  "bench.rateThreshold": number({
    flag: "--rate-threshold <share>",
    description: "allowed drop of a rate, as a fraction (0.02 is 2 points)",
    minimum: 0,
    fallback: 0.02,
  }),
};

/** How often the same is measured; `what` is what one run does. */
export function runsSetting(what: string, fallback: number): { "bench.runs": Setting<number> };
export function runsSetting(what: string): { "bench.runs": Setting<number | undefined> };
export function runsSetting(what: string, fallback?: number): { "bench.runs": Setting<number | undefined> } {
  const setting = { flag: "--runs <count>", description: what, minimum: 1 };
  return { "bench.runs": fallback === undefined ? integer(setting) : integer({ ...setting, fallback }) };
}

/** Settings of every bench that measures an engine or a server, except `--runs`: benches under load have a duration instead. */
export const loadSettings = {
  temperature: number({
    flag: "--temperature <number>",
    description: "0 always picks the most probable token",
    minimum: 0,
    maximum: 2,
    fallback: 0.3,
  }),
  topP: number({
    flag: "--top-p <share>",
    description: "sample from the most probable tokens with this total probability",
    minimum: 0,
    maximum: 1,
    fallback: 0.95,
  }),
  seed: integer({
    flag: "--seed <number>",
    description: "seed of the first run; each further run adds 1",
    fallback: 1,
  }),
  "bench.out": text({
    flag: "--out <folder>",
    description: "folder for journal, results and reports; results/NAME-TIME by default",
    isPath: true,
  }),
  "bench.baseline": text({
    flag: "--baseline <file>",
    description: "results to compare with; a regression ends with exit code 1",
    isPath: true,
  }),
  ...thresholdSettings,
  json: jsonToggle(),
  ...modelSettings,
  engineKey,
};

export const benchSettings = { ...runsSetting("times each case is measured", 3), ...loadSettings };

/** Other engines to measure; `names` are those that the bench can install. */
export function peerSetting(names: readonly string[]) {
  return {
    "bench.peer": list({
      flag: "--peer <name>",
      description: `also measure ${names.join(" or ")}, installed by the bench; may be repeated`,
    }),
  };
}

/** Levels of load, for a bench that measures one after the other; read with `levelsOf`. */
export const concurrencyLevels = {
  "bench.concurrency": list({
    flag: "--concurrency <counts>",
    description: "concurrent requests; several levels (1,4,8) are measured one after the other",
    fallback: ["1"],
  }),
};

/** The load of a bench that measures one level; read with `oneLevel`. */
export function concurrencySetting(fallback: number) {
  const description = "concurrent requests";
  return {
    "bench.concurrency": {
      ...concurrencyLevels["bench.concurrency"],
      description,
      fallback: [`${fallback}`],
    },
  };
}

export function requestsSetting(fallback: number) {
  return {
    "bench.requests": integer({
      flag: "--requests <count>",
      description: "total number of requests",
      minimum: 1,
      fallback,
    }),
  };
}

/** A part of the cases, so that several machines can share them. */
export const shardSetting = {
  "bench.shard": text({
    flag: "--shard <k/n>",
    description: "every N-th case, starting with number K, counted from 0",
    fallback: "0/1",
  }),
};

/** For requests with hostile schemas: ordinary ones are waited for. */
export function timeoutSetting(seconds: number) {
  return {
    "bench.timeout": number({
      flag: "--timeout <seconds>",
      description: "timeout of hostile requests",
      minimum: 0.1,
      fallback: seconds,
    }),
  };
}

export type BenchValues = ValuesOf<typeof benchSettings>;

export type Sampling = { temperature: number; topP: number; seed: number };

export function samplingOf({ temperature, topP, seed }: BenchValues): Sampling {
  return { temperature, topP, seed };
}

/** Levels of concurrency: `["1", "4,8"]` as numbers. Throws `wrong_usage`. */
export function levelsOf(words: readonly string[]): number[] {
  const values = words.flatMap((word) => word.split(",")).map(Number);
  if (values.length > 0 && values.every((value) => Number.isInteger(value) && value >= 1 && value <= 1024)) {
    return [...new Set(values)];
  }
  throw new FormworkError(
    "wrong_usage",
    `--concurrency takes whole numbers such as 1,4,8, not ${words.join(",")}.`,
  );
}

/** The one level of a bench that measures no others. Throws `wrong_usage` for several. */
export function oneLevel(words: readonly string[]): number {
  const [level, ...others] = levelsOf(words);
  if (others.length === 0) return level;
  throw new FormworkError("wrong_usage", `This bench measures one --concurrency, not ${words.join(",")}.`);
}
