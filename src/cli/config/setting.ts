/**
 * A setting: a value of a command, with three sources. Its name in `formwork.config.json` is the key under which the command lists it
 * (dots lead into nested objects); the environment variable is derived from that name: `maxTokens` is FORMWORK_MAX_TOKENS.
 */
export interface Setting<Value = unknown> {
  /** In commander's syntax: `--max-tokens <count>`. Without a placeholder, it is a switch. */
  readonly flag: string;
  readonly description: string;
  /** Description of `--no-...`, for a switch that is on by default. */
  readonly off?: string;
  /** The permitted values, shown in help and offered by completion. */
  readonly choices?: readonly string[];
  /** Whether it is a path. Paths in the file are relative to the file, on the command line to the working folder. */
  readonly isPath?: boolean;
  /** Whether it is a secret, which should not be in the file or the process list. */
  readonly isSecret?: boolean;
  /** Whether the flag may be repeated; the variable has values separated by commas. */
  readonly isList?: boolean;
  /** The default value. */
  readonly fallback: Value;
  /** Parses a value from a flag or a variable. Throws a `Complaint`. */
  readText(text: string): Value;
  /** Reads a value from the file. Throws a `Complaint`. */
  readJson(value: unknown): Value;
}

export type Settings = Readonly<Record<string, Setting>>;

/** The values of a command's settings. */
export type ValuesOf<S extends Settings> = {
  readonly [Key in keyof S]: S[Key] extends Setting<infer Value> ? Value : never;
};

/** Completes the sentence "NAME ..." about an invalid value. */
export class Complaint extends Error {}

interface Base {
  flag: string;
  description: string;
}

/** Text of any kind. */
export function text(base: Base & { isPath?: boolean; isSecret?: boolean }): Setting<string | undefined>;
export function text(base: Base & { isPath?: boolean; fallback: string }): Setting<string>;
export function text(
  base: Base & { isPath?: boolean; isSecret?: boolean; fallback?: string },
): Setting<string | undefined> {
  return {
    ...base,
    fallback: base.fallback,
    readText: (written) => written,
    readJson: (value) => {
      if (typeof value === "string") return value;
      throw new Complaint("must be a string");
    },
  };
}

/** `--json`, as most commands have it. */
export function jsonToggle(): Setting<boolean> {
  return toggle({ flag: "--json", description: "print one line of JSON", fallback: false });
}

interface Range {
  minimum?: number;
  maximum?: number;
}

/** An integer. */
export function integer(base: Base & Range & { fallback: number }): Setting<number>;
export function integer(base: Base & Range): Setting<number | undefined>;
export function integer(base: Base & Range & { fallback?: number }): Setting<number | undefined> {
  return numeric(base, "an integer", Number.isSafeInteger);
}

/** Any number. */
export function number(base: Base & Range & { fallback: number }): Setting<number>;
export function number(base: Base & Range): Setting<number | undefined>;
export function number(base: Base & Range & { fallback?: number }): Setting<number | undefined> {
  return numeric(base, "a number", Number.isFinite);
}

function numeric(
  base: Base & Range & { fallback?: number },
  what: string,
  isKind: (value: unknown) => boolean,
): Setting<number | undefined> {
  const { minimum = -Infinity, maximum = Infinity } = base;
  const check = (value: unknown, written: string) => {
    if (isKind(value) && (value as number) >= minimum && (value as number) <= maximum) return value as number;
    throw new Complaint(`must be ${what}${rangeText(minimum, maximum)}, not ${written}`);
  };
  return {
    flag: base.flag,
    description: base.description,
    fallback: base.fallback,
    readText: (written) =>
      check(written.trim() === "" ? Number.NaN : Number(written), JSON.stringify(written)),
    readJson: (value) => check(value, JSON.stringify(value)),
  };
}

function rangeText(minimum: number, maximum: number): string {
  if (minimum === -Infinity && maximum === Infinity) return "";
  if (maximum === Infinity) return ` of at least ${minimum}`;
  return minimum === -Infinity ? ` of at most ${maximum}` : ` from ${minimum} to ${maximum}`;
}

/** On or off: `--name` and `--no-name`. Undefined if not set, so that the command decides. */
export function toggle(base: Base & { fallback: boolean; off?: string }): Setting<boolean>;
export function toggle(base: Base): Setting<boolean | undefined>;
export function toggle(base: Base & { fallback?: boolean; off?: string }): Setting<boolean | undefined> {
  return {
    ...base,
    fallback: base.fallback,
    readText: (written) => {
      if (["1", "true", "yes", "on"].includes(written.toLowerCase())) return true;
      if (["0", "false", "no", "off", ""].includes(written.toLowerCase())) return false;
      throw new Complaint(`must be true or false, not ${JSON.stringify(written)}`);
    },
    readJson: (value) => {
      if (typeof value === "boolean") return value;
      throw new Complaint("must be true or false");
    },
  };
}

/** One of several words. */
export function choice<const Word extends string>(
  base: Base & { choices: readonly Word[]; fallback: Word },
): Setting<Word>;
export function choice<const Word extends string>(
  base: Base & { choices: readonly Word[] },
): Setting<Word | undefined>;
export function choice<const Word extends string>(
  base: Base & { choices: readonly Word[]; fallback?: Word },
): Setting<Word | undefined> {
  const check = (value: unknown) => {
    if (base.choices.includes(value as Word)) return value as Word;
    throw new Complaint(`must be one of ${base.choices.join(", ")}, not ${JSON.stringify(value)}`);
  };
  return { ...base, fallback: base.fallback, readText: check, readJson: check };
}

/** Several texts. */
export function list(
  base: Base & { fallback?: readonly string[]; isSecret?: boolean },
): Setting<readonly string[]> {
  const check = (parts: string[]) => {
    if (base.isSecret && (parts.length === 0 || parts.some((part) => part.trim() === ""))) {
      throw new Complaint("must not be empty");
    }
    return parts;
  };
  const split = (written: string) => {
    const parts = written.split(",").map((part) => part.trim());
    return check(base.isSecret ? parts : parts.filter((part) => part !== ""));
  };
  return {
    ...base,
    fallback: base.fallback ?? [],
    isList: true,
    readText: split,
    readJson: (value) => {
      if (typeof value === "string") return split(value);
      if (Array.isArray(value) && value.every((part) => typeof part === "string")) {
        return base.isSecret && value.length === 0 ? value : check(value);
      }
      throw new Complaint("must be a list of strings");
    },
  };
}

/** The environment variable of the setting under `key`. */
export function variableOf(key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(".", "_");
  return `FORMWORK_${words.toUpperCase()}`;
}

/** The long flag alone: `--max-tokens`. */
export function flagName(setting: Setting): string {
  return /--[\w-]+/.exec(setting.flag)?.[0] ?? setting.flag;
}

/** Whether the flag has no value. */
export function isSwitch(setting: Setting): boolean {
  return !/[<[]/.test(setting.flag);
}
