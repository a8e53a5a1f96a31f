import { Command as CommanderCommand, CommanderError, Option } from "commander";
import { type FormworkError, toFormworkError } from "../errors.js";
import { version } from "../system/index.js";
import type { Command, RegistryEntry } from "./command.js";
import { keysOf, loadConfigFile } from "./config/file.js";
import { refuseUnknownKeys, resolveSettings, type Sources } from "./config/resolve.js";
import { flagName, isSwitch, type Setting, type Settings, text, variableOf } from "./config/setting.js";
import { EXIT, EXIT_CODES_HELP, exitCodeOf } from "./exit.js";
import { settingsOf } from "./inspect.js";
import type { Terminal } from "./terminal/terminal.js";

/** The setting of all commands that names the configuration file. */
const config = text({
  flag: "--config <file>",
  description: "configuration file; formwork.config.json in this folder, if present, by default",
});

/**
 * Runs the command line `words` (without the program's name) and resolves to the exit code. Errors are printed on stderr.
 */
export async function runProgram(
  words: readonly string[],
  registry: readonly RegistryEntry[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = describe(new CommanderCommand("formwork"), terminal)
    .description("A prompt and a JSON Schema in, valid JSON out, from a model you host yourself.")
    .version(version(), "-V, --version")
    .addHelpText("after", `\nRun formwork COMMAND --help for the flags of a command.\n\n${EXIT_CODES_HELP}`);
  const askedHelp = words[0] === "help" ? [...words.slice(1), "--help"] : words;
  // Commander would print the help of the commands around an unknown one, and report success.
  const asked = namesCommand(askedHelp, registry) ? askedHelp : askedHelp.filter((word) => !isHelp(word));

  try {
    await addCommands(program, registry, asked, terminal, async (command, options, operands) => {
      const values = await readSettings(command.settings, options, registry, terminal);
      exitCode = (await command.run({ values, operands, terminal, signal, registry })) ?? EXIT.done;
    });
    if (asked.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.wrongUse;
    }
    await program.parseAsync(asked as string[], { from: "user" });
    return exitCode;
  } catch (thrown) {
    // Help and version exit with 0; commander has already reported other errors.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    if (signal.aborted && typeof signal.reason === "number") return signal.reason;
    const error = toFormworkError(thrown);
    tell(error, asked, terminal);
    return exitCodeOf(error);
  }
}

/** Whether `words` name a command or a family of commands, or none at all. */
function namesCommand(words: readonly string[], entries: readonly RegistryEntry[]): boolean {
  const [name, ...others] = words.filter((word) => !word.startsWith("-"));
  if (name === undefined) return true;
  const entry = entries.find((one) => one.name === name);
  return entry !== undefined && (!("commands" in entry) || namesCommand(others, entry.commands));
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}

type Action = (
  command: Command,
  options: Record<string, string | string[] | boolean | undefined>,
  operands: string[],
) => Promise<void>;

/** Adds `entries` to `parent`; only the one selected by `words` is loaded and gets its flags. */
async function addCommands(
  parent: CommanderCommand,
  entries: readonly RegistryEntry[],
  words: readonly string[],
  terminal: Terminal,
  action: Action,
): Promise<void> {
  for (const entry of entries) {
    const child = describe(new CommanderCommand(entry.name), terminal).description(entry.summary);
    parent.addCommand(child);
    if (words[0] !== entry.name) continue;
    if ("commands" in entry) await addCommands(child, entry.commands, words.slice(1), terminal, action);
    else configure(child, await entry.load(), action);
  }
}

/** Common settings of all levels: output goes through the terminal, and commander does not exit the process. */
function describe(command: CommanderCommand, { stdout, stderr }: Terminal): CommanderCommand {
  return command
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "formwork: ")),
    });
}

function configure(target: CommanderCommand, command: Command, action: Action): void {
  const operands = command.operands ?? [];
  for (const { name, description, required = true, several = false } of operands) {
    const word = several ? `${name}...` : name;
    target.argument(required ? `<${word}>` : `[${word}]`, description);
  }
  const keyOf = new Map<string, string>();
  for (const [key, setting] of Object.entries({ ...command.settings, config })) {
    const isShown = command.shown?.includes(key) ?? true;
    for (const option of optionsOf(key, setting)) {
      if (!isShown && key !== "config") option.hideHelp();
      target.addOption(option);
      keyOf.set(option.attributeName(), key);
    }
  }
  const examples = command.examples.map(([line, meaning]) => `  formwork ${line}\n      ${meaning}`);
  const paragraphs = [
    ...(command.notes === undefined ? [] : [command.notes]),
    `Examples:\n${examples.join("\n")}`,
    EXIT_CODES_HELP,
    "Every flag can also be set by the variable in brackets or in formwork.config.json; flags take precedence\n" +
      "over variables, and variables over the file.",
  ];
  target.addHelpText("after", `\n${paragraphs.join("\n\n")}`);
  target.action(async (...given: unknown[]) => {
    const options = Object.entries(target.opts()).map(([name, value]) => [keyOf.get(name) ?? name, value]);
    const words = given.slice(0, operands.length).flat() as (string | undefined)[];
    await action(
      command,
      Object.fromEntries(options),
      words.filter((word) => word !== undefined),
    );
  });
}

/** The setting's flag and, for a switch, its negation. */
function optionsOf(key: string, setting: Setting): Option[] {
  const { fallback, choices } = setting;
  const facts = [variableOf(key)];
  if (choices) facts.unshift(choices.join(", "));
  const shown = Array.isArray(fallback) ? fallback.join(",") : fallback;
  if (shown !== undefined && shown !== false && shown !== "" && shown !== true) {
    facts.unshift(`default ${shown}`);
  }
  const option = new Option(setting.flag, `${setting.description} [${facts.join("; ")}]`);
  if (setting.isList)
    option.argParser((one: string, before: string[] | undefined) => [...(before ?? []), one]);
  if (!isSwitch(setting)) return [option];
  const off = new Option(
    flagName(setting).replace("--", "--no-"),
    setting.off ?? `turn off: ${setting.description}`,
  );
  return fallback === true ? [option.hideHelp(), off] : [option, off.hideHelp()];
}

async function readSettings(
  settings: Settings,
  flags: Sources["flags"],
  registry: readonly RegistryEntry[],
  { environment, workingFolder }: Terminal,
): Promise<Record<string, unknown>> {
  const { config: named } = resolveSettings({ config }, { flags, environment, file: undefined });
  const file = await loadConfigFile(workingFolder, named);
  if (file !== undefined) {
    const isForeign = keysOf(file).some((key) => !Object.hasOwn(settings, key));
    // The other commands are only loaded if a key is not this command's own.
    if (isForeign) refuseUnknownKeys(file, new Set(Object.keys(await settingsOf(registry))));
  }
  return resolveSettings(settings, { flags, environment, file });
}

/** Prints `error` on stderr, as text, or with `--json` as the server's error body. */
function tell(error: FormworkError, words: readonly string[], { stderr, environment }: Terminal): void {
  if (words.includes("--json")) {
    stderr.write(`${JSON.stringify(error.toBody())}\n`);
    return;
  }
  const place = [error.pointer && `at ${error.pointer}`, error.keyword && `keyword \`${error.keyword}\``];
  const where = place.filter(Boolean).join(", ");
  stderr.write(`formwork: ${error.message}${where === "" ? "" : ` (${where})`}\n`);
  const bug = error.code === "internal" && environment["FORMWORK_DEBUG"];
  if (bug) stderr.write(`${(error.cause as Error | undefined)?.stack ?? error.stack}\n`);
}
