import type { Settings, ValuesOf } from "./config/setting.js";
import type { Terminal } from "./terminal/terminal.js";

/** A word of the command line that is not a flag. */
export interface Operand {
  name: string;
  description: string;
  /** Default true. */
  required?: boolean;
  /** Takes all the words that are left. Only the last operand may. */
  several?: boolean;
}

/** What a command is given when it runs. */
export interface Invocation<Values = Record<string, unknown>> {
  values: Values;
  /** The operands as written; an absent optional one is missing from the end. */
  operands: readonly string[];
  terminal: Terminal;
  /** Aborts at the first Ctrl-C or SIGTERM. */
  signal: AbortSignal;
  /** All commands, this one included. */
  registry: readonly RegistryEntry[];
}

/**
 * A command: what it takes, how it is explained, what it does. The module that holds one is loaded when
 * the command is called or completed, so it may import its settings but loads what it works with in `run`.
 */
export interface Command<S extends Settings = Settings> {
  operands?: readonly Operand[];
  settings: S;
  /** Keys of the settings that help and completion show, if not all. The others still take effect. */
  shown?: readonly string[];
  /** Command lines that work, without the leading `formwork`, and what each does. */
  examples: readonly (readonly [line: string, meaning: string])[];
  /** A paragraph under the flags. */
  notes?: string;
  /** Resolves to the exit code; undefined is 0. Throws `FormworkError`. */
  run(invocation: Invocation<ValuesOf<S>>): Promise<number | undefined>;
}

/** `command` itself, typed by its settings. */
export function defineCommand<const S extends Settings>(command: Command<S>): Command<S> {
  return command;
}

/** A command or a group of commands by its name, not loaded yet. */
export type RegistryEntry =
  | { name: string; summary: string; load: () => Promise<Command> }
  | { name: string; summary: string; commands: readonly RegistryEntry[] };
