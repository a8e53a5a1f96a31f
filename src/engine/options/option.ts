interface OptionBase {
  /** One or two sentences for `--help` (the first) and docs/engine-options.md. */
  readonly doc: string;
  /** Its flag in `generate`, `serve` and the benches, in commander's syntax. Without one, only programs can set it. */
  readonly flag?: string;
  /** Its key in `formwork.config.json`, from which the variable's name follows. Default: the option's own name. */
  readonly key?: string;
  /** Whether only `serve` has the flag. */
  readonly only?: "serve";
  /** Whether it is sent to the engine process. */
  readonly load?: boolean;
}

/** Whether it is an integer. */
export interface IntegerOption extends OptionBase {
  readonly kind: "integer";
  readonly minimum: number;
  readonly maximum?: number;
  readonly default?: number;
  /** Units of the option per unit of the flag: 1000 for a flag in seconds and an option in milliseconds. */
  readonly flagUnit?: number;
}

export interface BooleanOption extends OptionBase {
  readonly kind: "boolean";
  readonly default?: boolean;
  /** Description of `--no-...` for `--help`. */
  readonly off?: string;
}

export interface StringOption extends OptionBase {
  readonly kind: "string";
  readonly default?: string;
  /** Its syntax, and a description of it after "must be". */
  readonly pattern?: RegExp;
  readonly form?: string;
  /** Whether it is a secret, which should not be in the configuration file or the process list. */
  readonly isSecret?: boolean;
}

export interface ChoiceOption extends OptionBase {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

/** An option of an engine. */
export type EngineOption = IntegerOption | BooleanOption | StringOption | ChoiceOption;

/** The JavaScript value of an option. */
export type OptionValue<Option extends EngineOption> = Option["kind"] extends "integer"
  ? number
  : Option["kind"] extends "boolean"
    ? boolean
    : Option extends { kind: "choice"; choices: readonly (infer Word)[] }
      ? Word
      : string;
