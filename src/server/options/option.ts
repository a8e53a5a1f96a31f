interface OptionBase {
  /** One or two sentences for `--help` (the first) and docs/server-options.md. */
  readonly doc: string;
  /** Its flag in `serve`, in commander's syntax. Without one, only programs can set it. */
  readonly flag?: string;
  /** Its key in `formwork.config.json`, from which the variable's name follows. Default: the option's own name. */
  readonly key?: string;
}

/** Whether it is an integer. */
interface IntegerOption extends OptionBase {
  readonly kind: "integer";
  readonly minimum: number;
  readonly maximum?: number;
  readonly default: number;
  /** Units of the option per unit of the flag: 1000 for a flag in seconds and an option in milliseconds. */
  readonly flagUnit?: number;
}

interface BooleanOption extends OptionBase {
  readonly kind: "boolean";
  readonly default: boolean;
  /** Description of `--no-...` for `--help`. */
  readonly off?: string;
}

/** Several texts. */
interface ListOption extends OptionBase {
  readonly kind: "list";
  readonly default: readonly string[];
  /** Whether they are secrets, which should not be in the configuration file or the process list. */
  readonly isSecret?: boolean;
}

/** An option of a server. */
export type ServerOption = IntegerOption | BooleanOption | ListOption;

/** The JavaScript value of an option. */
export type ServerOptionValue<Option extends ServerOption> = Option["kind"] extends "integer"
  ? number
  : Option["kind"] extends "boolean"
    ? boolean
    : readonly string[];
