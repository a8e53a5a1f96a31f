import type { ErrorCode, FormworkError } from "../errors.js";

/** Exit codes. Interrupts end with 128 + the signal, as in shells. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  refusedSchema: 3,
  interrupted: 130,
  terminated: 143,
} as const;

export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  failed
  2  usage error: a flag, a variable, the configuration or the request
  3  the schema was rejected`;

const WRONG_USE: ReadonlySet<ErrorCode> = new Set([
  "wrong_usage",
  "invalid_request",
  "missing_field",
  "invalid_json",
  "budget_too_small",
  "prompt_too_long",
  "unknown_model",
  "body_too_large",
]);

const REFUSED_SCHEMA: ReadonlySet<ErrorCode> = new Set([
  "invalid_schema",
  "unsupported_schema",
  "unsatisfiable_schema",
  "schema_too_large",
]);

/** The exit code for `error`. */
export function exitCodeOf({ code }: FormworkError): number {
  if (REFUSED_SCHEMA.has(code)) return EXIT.refusedSchema;
  return WRONG_USE.has(code) ? EXIT.wrongUse : EXIT.failed;
}
