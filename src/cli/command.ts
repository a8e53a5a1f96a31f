import type { Settings, ValuesOf } from "./config/setting.js";
import type { Terminal } from "./terminal/terminal.js";

/** A word of the command line that is not a flag. */
export interface Operand {
  name: string;
  description: string;
  /** Default true. */
  required?: boolean;
  /** Whether it takes all remaining words. Only for the last operand. */
  several?: boolean;
}

/** Input of a running command. */
export interface Invocation<Values = Record<string, unknown>> {
  values: Values;
  /** The operands; absent optional ones are missing at the end. */
  operands: readonly string[];
  terminal: Terminal;
  /** Aborts at the first Ctrl-C or SIGTERM. */
  signal: AbortSignal;
  /** All commands, including this one. */
  registry: readonly RegistryEntry[];
}

/**
 * A command: its settings, help and action. Its module is loaded when the command is called or completed, so it may import its settings,
 * but should load everything else in `run`.
 */
export interface Command<S extends Settings = Settings> {
  operands?: readonly Operand[];
  settings: S;
  /** Keys of the settings shown in help and completion, if not all. The others still take effect. */
  shown?: readonly string[];
  /** Example command lines without `formwork`, and what each does. */
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
