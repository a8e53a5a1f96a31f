import type { Engine } from "../engine/index.js";
// Not through the engine's index, which would load the engine to show its options.
import {
  type ENGINE_OPTIONS,
  type EngineLog,
  type EngineOption,
  type EngineOptions,
  engineOption,
  OPTION_NAMES,
  type OptionName,
  type OptionValue,
} from "../engine/options/index.js";
import { settingOf, valuesByRow } from "./config/fromTable.js";
import type { Setting, ValuesOf } from "./config/setting.js";
import { cacheSettings } from "./models.js";
import type { Terminal } from "./terminal/terminal.js";

type Table = typeof ENGINE_OPTIONS;

type FlagName = {
  [Name in OptionName]: Table[Name] extends { flag: string } ? Name : never;
}[OptionName];
type KeyOf<Name extends OptionName> = Table[Name] extends { key: infer Key extends string } ? Key : Name;
type SettingOf<Name extends OptionName> = Setting<
  Table[Name] extends { default: unknown } ? OptionValue<Table[Name]> : OptionValue<Table[Name]> | undefined
>;
type ServeName = {
  [Name in FlagName]: Table[Name] extends { only: "serve" } ? Name : never;
}[FlagName];

/** The engine of a command and its options, as far as they have flags. */
export const engineSettings = {
  ...(settingsOf((option) => option.only === undefined) as {
    readonly [Name in Exclude<FlagName, ServeName> as KeyOf<Name>]: SettingOf<Name>;
  }),
  ...cacheSettings,
};

/** Engine options that only have flags in `serve`. */
export const serveSettings = settingsOf((option) => option.only === "serve") as {
  readonly [Name in ServeName as KeyOf<Name>]: SettingOf<Name>;
};

function settingsOf(isWanted: (option: EngineOption) => boolean): unknown {
  return Object.fromEntries(
    OPTION_NAMES.map((name) => [name, engineOption(name)] as const)
      .filter(([, option]) => option.flag !== undefined && isWanted(option))
      .map(([name, option]) => [option.key ?? name, settingOf(option)]),
  );
}

type EngineValues = Partial<ValuesOf<typeof engineSettings> & ValuesOf<typeof serveSettings>>;

/** The engine's options, from the values of the flags. */
export function engineOptions(values: EngineValues): EngineOptions {
  const options = valuesByRow(
    OPTION_NAMES.map((name) => [name, engineOption(name)]),
    values,
  );
  // A URL alone denotes another Formwork server.
  if (/^https?:/.test(`${options["engine"]}`)) options["engine"] = `formwork=${options["engine"]}`;
  return options;
}

/** The flags that pass the options `names` to another `formwork` process. */
export function engineFlags(values: EngineValues, names: readonly OptionName[]): string[] {
  return names.flatMap((name) => {
    const { flag = "", key = name } = engineOption(name);
    const value = (values as Record<string, unknown>)[key];
    const [word] = flag.split(" ");
    if (value === undefined) return [];
    if (typeof value === "boolean") return [value ? word : word.replace("--", "--no-")];
    return [word, `${value}`];
  });
}

/**
 * Creates the engine described by `values`; loads nothing yet. `log` receives the engine's log events. Throws `wrong_usage` for
 * inconsistent values.
 */
export async function openEngine(
  values: EngineValues & Partial<ValuesOf<typeof cacheSettings>>,
  log?: EngineLog,
): Promise<Engine> {
  const { createEngine } = await import("../engine/index.js");
  // The engine process finds models through its environment.
  if (values.cache !== undefined) process.env["FORMWORK_CACHE"] = values.cache;
  return createEngine({ ...engineOptions(values), log });
}

const STAGES: Readonly<Record<string, string>> = {
  connect: "waiting for the server",
  download: "fetching the model",
  process: "starting the engine",
  load: "loading the model",
  context: "making room",
  warmup: "warming up",
};

/**
 * Shows the progress of `engine` on stderr until it is ready or `stop` is called. If stderr is not a terminal, prints one line per long
 * stage.
 */
export async function watchEngine(
  engine: Pick<Engine, "status">,
  terminal: Terminal,
): Promise<{ stop(): void }> {
  if (terminal.stderr.isTTY !== true) return tellLongStages(engine, terminal);
  const { ProgressLine } = await import("./terminal/progress.js");
  const line = new ProgressLine(terminal);
  const timer = setInterval(() => {
    const { state, stage, progress } = engine.status();
    if (state === "loading") line.update(nameOf(stage), progress);
    else line.clear();
  }, 100);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      line.clear();
    },
  };
}

const nameOf = (stage: string | undefined): string => STAGES[stage ?? ""] ?? stage ?? "loading";

const LONG_SECONDS = 10;

function tellLongStages(engine: Pick<Engine, "status">, { stderr }: Terminal): { stop(): void } {
  let last: string | undefined;
  let seconds = 0;
  const timer = setInterval(() => {
    const { state, stage } = engine.status();
    const name = state === "loading" ? nameOf(stage) : undefined;
    seconds = name === last ? seconds + 1 : 0;
    last = name;
    if (name !== undefined && seconds === LONG_SECONDS) stderr.write(`formwork: ${name} ...\n`);
  }, 1000);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
