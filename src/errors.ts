/**
 * All errors belong to one family. The `code` is stable, so clients branch on it; messages may change.
 * Each code has one HTTP status; `retryable` means that the same request may succeed when retried.
 */
export const ERROR_CODES = {
  invalid_request: { status: 400, retryable: false },
  missing_field: { status: 400, retryable: false },
  invalid_json: { status: 400, retryable: false },
  invalid_schema: { status: 400, retryable: false },
  unsupported_schema: { status: 400, retryable: false },
  unsatisfiable_schema: { status: 400, retryable: false },
  schema_too_large: { status: 400, retryable: false },
  step_limit: { status: 400, retryable: false },
  budget_too_small: { status: 400, retryable: false },
  prompt_too_long: { status: 400, retryable: false },
  unauthorized: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  unknown_model: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  body_too_large: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  cancelled: { status: 499, retryable: false },
  model_unavailable: { status: 500, retryable: false },
  /** Checking the document exceeded its time limit, and would do so again. */
  validation_timeout: { status: 422, retryable: false },
  invalid_output: { status: 502, retryable: true },
  internal: { status: 500, retryable: false },
  engine_crashed: { status: 500, retryable: false },
  upstream_error: { status: 502, retryable: true },
  queue_full: { status: 503, retryable: true },
  engine_unavailable: { status: 503, retryable: true },
  not_ready: { status: 503, retryable: true },
  timeout: { status: 504, retryable: true },
  wrong_usage: { status: 400, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

/** Stable error codes. */
export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  cause?: unknown;
  /** JSON pointer (RFC 6901) to the cause, in the caller's schema or request body. */
  pointer?: string | undefined;
  /** The schema keyword at fault. */
  keyword?: string | undefined;
  /** When to try again, in seconds. */
  retryAfterSeconds?: number | undefined;
}

/** An error as sent over HTTP and between processes. */
export interface ErrorBody {
  /** The message. */
  error: string;
  /** The HTTP status. */
  status: number;
  /** The stable code. */
  code: ErrorCode;
  /** JSON pointer to the cause. */
  pointer?: string;
  /** The schema keyword at fault. */
  keyword?: string;
  /** When to try again, in seconds. */
  retry_after?: number;
}

/** Maximum length of a message or pointer that leaves the process: longer ones quote what a caller sent. */
const MAX_SHOWN = 600;

/** `text` with its middle omitted if it is long: for answers and logs, which may quote what a caller sent. */
export function shorten(text: string, max = MAX_SHOWN): string {
  if (text.length <= max) return text;
  const head = text.slice(0, Math.ceil((max * 2) / 3)).replace(/[\ud800-\udbff]$/, "");
  const tail = text.slice(head.length - max).replace(/^[\udc00-\udfff]/, "");
  return `${head} ... ${tail}`;
}

/** The error that Formwork throws: branch on `code`, show `message`. */
export class FormworkError extends Error {
  /** The kind of error; stable across versions. */
  readonly code: ErrorCode;
  /** JSON pointer (RFC 6901) to the cause, in the caller's schema or request body, if there is one. */
  readonly pointer: string | undefined;
  /** The schema keyword at fault. */
  readonly keyword: string | undefined;
  /** When to try again, in seconds, if known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.pointer = details.pointer;
    this.keyword = details.keyword;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** The HTTP status that belongs to the code. */
  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  /** The same error with another pointer, for a schema that is part of a larger text. */
  at(pointer: string): FormworkError {
    const { code, message, keyword, retryAfterSeconds } = this;
    return new FormworkError(code, message, { pointer, keyword, retryAfterSeconds, cause: this });
  }

  /** Shortens long messages and pointers, which may quote what a caller sent. */
  toBody(): ErrorBody {
    return {
      error: shorten(this.message),
      status: this.status,
      code: this.code,
      ...(this.pointer === undefined ? {} : { pointer: shorten(this.pointer) }),
      ...(this.keyword === undefined ? {} : { keyword: this.keyword }),
      ...(this.retryAfterSeconds === undefined ? {} : { retry_after: this.retryAfterSeconds }),
    };
  }

  /** The error that `toBody` described, restored on the other side of a process boundary or a connection. */
  static fromBody(body: ErrorBody): FormworkError {
    const { code, error, pointer, keyword, retry_after: retryAfterSeconds } = body;
    return new FormworkError(code, error, { pointer, keyword, retryAfterSeconds });
  }
}

/** A schema that is malformed, cannot be enforced, has no valid document, or exceeds a limit. */
export class SchemaError extends FormworkError {
  constructor(
    code:
      | "invalid_schema"
      | "unsupported_schema"
      | "unsatisfiable_schema"
      | "schema_too_large"
      | "step_limit"
      | "cancelled",
    message: string,
    pointer: string,
    keyword?: string,
    cause?: unknown,
  ) {
    super(code, message, { pointer, keyword, cause });
  }
}

/** Limits that a schema can exceed, by their names in `CompileLimits`. */
export type LimitName =
  | "schemaBytes"
  | "depth"
  | "alternatives"
  | "regexStates"
  | "compileMs"
  | "compileWork"
  | "stepWork"
  | "memoryBytes";

/**
 * A schema, or one step of a document, exceeds a limit on work or memory, named by `limit`. The code is `step_limit` for a
 * step, otherwise `schema_too_large`. The result is deterministic: the same schema and text exceed the limit at the same
 * place on every machine. A larger limit may suffice.
 */
export class LimitError extends SchemaError {
  /** The limit that was exceeded. */
  readonly limit: LimitName;

  constructor(limit: LimitName, message: string, pointer = "", keyword?: string, cause?: unknown) {
    super(limit === "stepWork" ? "step_limit" : "schema_too_large", message, pointer, keyword, cause);
    this.limit = limit;
  }
}

/**
 * Converts an error about a limit of JavaScript itself (stack, string length, array length), raised by work on a schema, to a
 * `LimitError`; returns any other value unchanged.
 */
export function asLimitError(thrown: unknown): unknown {
  if (!(thrown instanceof RangeError)) return thrown;
  const limit = /call stack/i.test(thrown.message) ? "depth" : "memoryBytes";
  return new LimitError(
    limit,
    `The schema is too large to be followed: ${thrown.message}.`,
    "",
    undefined,
    thrown,
  );
}

/** Any thrown value as a `FormworkError`; other errors become `internal`. */
export function toFormworkError(thrown: unknown): FormworkError {
  if (thrown instanceof FormworkError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new FormworkError("internal", message, { cause: thrown });
}
