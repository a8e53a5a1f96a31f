interface OptionBase {
  /** One or two sentences for `--help` (the first) and docs/engine-options.md. */
  readonly doc: string;
  /** Its flag in `generate`, `serve` and the benches, as commander spells it. Without one, programs alone can set it. */
  readonly flag?: string;
  /** Its key in `formwork.config.json`, from which the variable's name follows. Default: the option's own name. */
  readonly key?: string;
  /** Only `serve` has the flag. */
  readonly only?: "serve";
  /** Crosses to the engine process. */
  readonly load?: boolean;
}

/** A whole number. */
export interface IntegerOption extends OptionBase {
  readonly kind: "integer";
  readonly minimum: number;
  readonly maximum?: number;
  readonly default?: number;
  /** The flag counts in this many of the option's units: 1000 for seconds of an option in milliseconds. */
  readonly flagUnit?: number;
}

export interface BooleanOption extends OptionBase {
  readonly kind: "boolean";
  readonly default?: boolean;
  /** What `--no-...` does, for `--help`. */
  readonly off?: string;
}

export interface StringOption extends OptionBase {
  readonly kind: "string";
  readonly default?: string;
  /** What it must look like, and that in words, after "must be". */
  readonly pattern?: RegExp;
  readonly form?: string;
  /** A secret: better kept out of the configuration file and of the process list. */
  readonly isSecret?: boolean;
}

export interface ChoiceOption extends OptionBase {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

/** One option of an engine. */
export type EngineOption = IntegerOption | BooleanOption | StringOption | ChoiceOption;

/** The JavaScript value of an option. */
export type OptionValue<Option extends EngineOption> = Option["kind"] extends "integer"
  ? number
  : Option["kind"] extends "boolean"
    ? boolean
    : Option extends { kind: "choice"; choices: readonly (infer Word)[] }
      ? Word
      : string;
