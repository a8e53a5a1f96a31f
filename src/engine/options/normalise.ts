import { FormworkError } from "../../errors.js";
import type { EngineOption, OptionValue } from "./option.js";
import { type ENGINE_OPTIONS, engineOption, OPTION_NAMES, type OptionName } from "./table.js";

type Table = typeof ENGINE_OPTIONS;

/** Called with the name and facts of events worth logging. Never with prompts or documents. */
export type EngineLog = (event: string, fields: Record<string, unknown>) => void;

/** The options of an engine, each with a default; docs/engine-options.md lists them. */
export type EngineOptions = {
  readonly [Name in OptionName]?: OptionValue<Table[Name]> | undefined;
} & {
  /** Receives the engine's log events. Default: none. */
  readonly log?: EngineLog | undefined;
};

/** The options for the engine process, as JSON: with defaults, or omitted if that process decides. */
export type LoadSettings = {
  [Name in OptionName as Table[Name] extends { load: true; default: unknown } ? Name : never]: OptionValue<
    Table[Name]
  >;
} & {
  [Name in OptionName as Table[Name] extends { load: true; default: unknown }
    ? never
    : Table[Name] extends { load: true }
      ? Name
      : never]?: OptionValue<Table[Name]>;
};

/** Options with every default in place. */
export interface NormalisedOptions {
  model: string | undefined;
  load: LoadSettings;
  deadlineMs: number;
  idleTimeoutMs: number;
  schemaInPrompt: boolean;
  validate: boolean;
  log: EngineLog;
}

/** Throws `wrong_usage`, naming the option. */
export function normaliseOptions(options: EngineOptions): NormalisedOptions {
  const values: Record<string, unknown> = {};
  const load: Record<string, unknown> = {};
  for (const name of OPTION_NAMES) {
    const option = engineOption(name);
    const value = options[name] ?? option.default;
    if (value === undefined) continue;
    check(name, option, value);
    values[name] = value;
    if (option.load) load[name] = value;
  }
  const { model, deadlineMs, idleTimeoutMs, schemaInPrompt, validate } = values as Required<EngineOptions>;
  return {
    model,
    load: load as LoadSettings,
    deadlineMs: deadlineMs!,
    idleTimeoutMs: idleTimeoutMs!,
    schemaInPrompt: schemaInPrompt!,
    validate: validate!,
    log: options.log ?? (() => {}),
  };
}

function check(name: string, option: EngineOption, value: unknown): void {
  const wanted = complaint(option, value);
  if (wanted === undefined) return;
  throw new FormworkError("wrong_usage", `${name} must be ${wanted}; it is ${JSON.stringify(value)}.`);
}

/** Describes the option's valid values if `value` is invalid. */
function complaint(option: EngineOption, value: unknown): string | undefined {
  switch (option.kind) {
    case "integer": {
      const { minimum, maximum = Number.MAX_SAFE_INTEGER } = option;
      if (Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum)
        return undefined;
      return `a whole number, ${option.maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`}`;
    }
    case "choice":
      return option.choices.includes(value as string) ? undefined : `one of ${option.choices.join(", ")}`;
    case "string":
      if (typeof value !== "string") return "a string";
      return option.pattern?.test(value) === false ? option.form : undefined;
    default:
      return typeof value === option.kind ? undefined : `a ${option.kind}`;
  }
}
