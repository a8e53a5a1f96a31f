import { resolve } from "node:path";
import { FormworkError } from "../../errors.js";
import { type ConfigFile, keysOf, memberAt } from "./file.js";
import { Complaint, flagName, type Setting, type Settings, type ValuesOf, variableOf } from "./setting.js";

/** The sources of values, by descending precedence. */
export interface Sources {
  /** Flags by the key of their setting: text, a list of texts, or whether a switch is on. */
  flags: Readonly<Record<string, string | string[] | boolean | undefined>>;
  environment: Readonly<Record<string, string | undefined>>;
  file: ConfigFile | undefined;
}

/** A value for each setting: flag, environment variable, file, fallback, in this order of precedence. Throws `wrong_usage`, naming the source. */
export function resolveSettings<S extends Settings>(settings: S, sources: Sources): ValuesOf<S> {
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) values[key] = chosenValue(key, setting, sources);
  return values as ValuesOf<S>;
}

function chosenValue(key: string, setting: Setting, { flags, environment, file }: Sources): unknown {
  const flag = flags[key];
  if (flag !== undefined) return named(flagName(setting), () => readFlag(setting, flag));
  const variable = environment[variableOf(key)];
  // An empty variable counts as absent, except for keys: an empty key must not result in an open server.
  const isForgottenKey = variable === "" && setting.isSecret === true && setting.isList === true;
  if (variable !== undefined && (variable !== "" || isForgottenKey)) {
    return named(variableOf(key), () => setting.readText(variable));
  }
  const member = file === undefined ? undefined : memberAt(file, key);
  if (file !== undefined && member !== undefined) {
    const value = named(`\`${key}\` in ${file.path}`, () => setting.readJson(member));
    const isRelative = setting.isPath && typeof value === "string" && !/^[-{]/.test(value);
    return isRelative ? resolve(file.folder, value) : value;
  }
  return setting.fallback;
}

function readFlag(setting: Setting, flag: string | string[] | boolean): unknown {
  if (typeof flag === "boolean") return flag;
  if (typeof flag === "string") return setting.readText(flag);
  return flag.flatMap((one) => setting.readText(one));
}

function named<Value>(name: string, read: () => Value): Value {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof Complaint) throw new FormworkError("wrong_usage", `${name} ${thrown.message}.`);
    throw thrown;
  }
}

/** Throws `wrong_usage`, naming a member of `file` that is not a setting in `known`. */
export function refuseUnknownKeys(file: ConfigFile, known: ReadonlySet<string>): void {
  for (const key of keysOf(file)) {
    // The value of a setting may be an object.
    const names = key.split(".");
    if (names.some((_, index) => known.has(names.slice(0, index + 1).join(".")))) continue;
    const near = nearest(key, known);
    const hint = near === undefined ? "" : ` Did you mean \`${near}\`?`;
    throw new FormworkError("wrong_usage", `${file.path} has the unknown key \`${key}\`.${hint}`);
  }
}

function nearest(key: string, known: ReadonlySet<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, key.length / 3);
  for (const candidate of known) {
    const distance = editDistance(key.toLowerCase(), candidate.toLowerCase());
    if (distance <= least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
