/**
 * The one error family. A `code` is stable: clients branch on it, messages may change.
 * Every code has one HTTP status and says whether trying the same request again can help.
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
  /** The check of the document was ended by its time limit: it would be again. */
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

/** The stable codes of errors. */
export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  cause?: unknown;
  /** JSON pointer (RFC 6901) into the caller's schema or request body: what is at fault. */
  pointer?: string | undefined;
  /** The schema keyword at fault. */
  keyword?: string | undefined;
  /** When to try again, in seconds. */
  retryAfterSeconds?: number | undefined;
}

/** What an error looks like on the wire and between processes. */
export interface ErrorBody {
  /** The message. */
  error: string;
  /** The HTTP status. */
  status: number;
  /** The stable code. */
  code: ErrorCode;
  /** JSON pointer to what is at fault. */
  pointer?: string;
  /** The schema keyword at fault. */
  keyword?: string;
  /** When to try again, in seconds. */
  retry_after?: number;
}

/** Characters of a message or a pointer that leave the process: the rest is a caller's own text. */
const MAX_SHOWN = 600;

/** `text`, with its middle left out where it is long: for answers and logs, which may quote what a caller sent. */
export function shorten(text: string, max = MAX_SHOWN): string {
  if (text.length <= max) return text;
  const head = text.slice(0, Math.ceil((max * 2) / 3)).replace(/[\ud800-\udbff]$/, "");
  const tail = text.slice(head.length - max).replace(/^[\udc00-\udfff]/, "");
  return `${head} ... ${tail}`;
}

/** Every error that Formwork throws on purpose: branch on `code`, show `message`. */
export class FormworkError extends Error {
  /** What kind of error it is; stable across versions. */
  readonly code: ErrorCode;
  /** JSON pointer (RFC 6901) into the caller's schema or request body, where one is at fault. */
  readonly pointer: string | undefined;
  /** The schema keyword at fault. */
  readonly keyword: string | undefined;
  /** When to try again, in seconds, where that is known. */
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

  /** Long messages and pointers are shortened: a caller's text is not sent back whole. */
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

  /** The error that `toBody` described; for the far side of a process or a connection. */
  static fromBody(body: ErrorBody): FormworkError {
    const { code, error, pointer, keyword, retry_after: retryAfterSeconds } = body;
    return new FormworkError(code, error, { pointer, keyword, retryAfterSeconds });
  }
}

/** A schema that is not valid, cannot be honoured, has no valid document, or is over a limit. */
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

/** The limits of a compiled schema that can be exceeded, by their names in `CompileLimits`. */
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
 * A schema, or one step of a document, that costs more than a limit allows: `limit` names it. `schema_too_large` while
 * compiling and for memory, `step_limit` for a step. The same schema and text run out at the same place everywhere; a
 * larger limit, there or in another thread, may be enough.
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
 * A limit of JavaScript itself (stack, text length, array length) that work on a schema ran into, as a `LimitError`; any
 * other value as it is.
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

/** Any thrown value as a member of the family; what is not one becomes `internal`. */
export function toFormworkError(thrown: unknown): FormworkError {
  if (thrown instanceof FormworkError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new FormworkError("internal", message, { cause: thrown });
}
