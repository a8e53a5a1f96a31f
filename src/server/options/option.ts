interface OptionBase {
  /** One or two sentences for `--help` (the first) and docs/server-options.md. */
  readonly doc: string;
  /** Its flag in `serve`, as commander spells it. Without one, programs alone can set it. */
  readonly flag?: string;
  /** Its key in `formwork.config.json`, from which the variable's name follows. Default: the option's own name. */
  readonly key?: string;
}

/** A whole number. */
interface IntegerOption extends OptionBase {
  readonly kind: "integer";
  readonly minimum: number;
  readonly maximum?: number;
  readonly default: number;
  /** The flag counts in this many of the option's units: 1000 for seconds of an option in milliseconds. */
  readonly flagUnit?: number;
}

interface BooleanOption extends OptionBase {
  readonly kind: "boolean";
  readonly default: boolean;
  /** What `--no-...` does, for `--help`. */
  readonly off?: string;
}

/** Several texts. */
interface ListOption extends OptionBase {
  readonly kind: "list";
  readonly default: readonly string[];
  /** Secrets: better kept out of the configuration file and of the process list. */
  readonly isSecret?: boolean;
}

/** One option of a server. */
export type ServerOption = IntegerOption | BooleanOption | ListOption;

/** The JavaScript value of an option. */
export type ServerOptionValue<Option extends ServerOption> = Option["kind"] extends "integer"
  ? number
  : Option["kind"] extends "boolean"
    ? boolean
    : readonly string[];
