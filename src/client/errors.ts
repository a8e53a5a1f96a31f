import { ERROR_CODES, type ErrorBody, type ErrorCode, type ErrorDetails, FormworkError } from "../errors.js";
import { readRetryAfter } from "../http/index.js";

export interface ClientErrorDetails extends ErrorDetails {
  /** The HTTP status of the answer, if there was one. */
  status?: number | undefined;
  /** The request id, which identifies the request in the server's log. */
  requestId?: string | undefined;
  /** Whether the same call may succeed later. Default: that of the code. */
  retryable?: boolean | undefined;
}

/**
 * The error that clients throw. If `retryable`, the same call may succeed later. The failed call may still have generated
 * something: where it certainly did not, the client has already retried.
 */
export class ClientError extends FormworkError {
  /** The request id, if the server answered. */
  readonly requestId: string | undefined;
  private readonly answeredStatus: number | undefined;
  private readonly mayHelp: boolean | undefined;

  constructor(code: ErrorCode, message: string, details: ClientErrorDetails = {}) {
    super(code, message, details);
    this.requestId = details.requestId;
    this.answeredStatus = details.status;
    this.mayHelp = details.retryable;
  }

  /** The HTTP status of the answer; without an answer, that of the code. */
  override get status(): number {
    return this.answeredStatus ?? super.status;
  }

  /** Whether the same call may succeed later. */
  override get retryable(): boolean {
    return this.mayHelp ?? super.retryable;
  }
}

/** The error for an unsuccessful answer. `body` is the parsed JSON body, or its text if it is not JSON. */
export function errorFromAnswer(response: Response, body: unknown): ClientError {
  const { status, headers } = response;
  const requestId = headers.get("x-request-id") ?? textField(body, "request_id");
  const retryAfterSeconds = readRetryAfter(response);
  if (isErrorBody(body)) return answered(body, { status, requestId, retryAfterSeconds });
  const code = codeOfStatus(status);
  const said = typeof body === "string" ? body.trim().slice(0, 300) : (textField(body, "error") ?? "");
  const message = `The server answered ${status}${said === "" ? "" : `: ${said}`}.${hint(code, said)}`;
  return new ClientError(code, message, { status, requestId, retryAfterSeconds });
}

/** The error in a server's stream, or in a body without its own status. */
export function errorFromBody(body: unknown, requestId: string | undefined): ClientError {
  if (isErrorBody(body)) return answered(body, { requestId });
  const message = `The server sent an error in an unknown form: ${JSON.stringify(body)}`;
  return new ClientError("upstream_error", message, { requestId });
}

/** Combines the error body with facts from the HTTP answer. */
function answered({ code, error, pointer, keyword, retry_after }: ErrorBody, around: ClientErrorDetails) {
  const retryAfterSeconds = around.retryAfterSeconds ?? retry_after;
  return new ClientError(code, error, { ...around, pointer, keyword, retryAfterSeconds });
}

function isErrorBody(body: unknown): body is ErrorBody {
  const code = textField(body, "code");
  return textField(body, "error") !== undefined && code !== undefined && Object.hasOwn(ERROR_CODES, code);
}

function textField(body: unknown, name: string): string | undefined {
  const value =
    body !== null && typeof body === "object" ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** For answers of proxies and platforms in front of the server, whose bodies have another format. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 401 || status === 403) return "unauthorized";
  if (status === 404) return "not_found";
  if (status === 405) return "method_not_allowed";
  if (status === 413) return "body_too_large";
  if (status === 429) return "queue_full";
  if (status === 503) return "not_ready";
  if (status === 408 || status === 504) return "timeout";
  if (status >= 500) return "upstream_error";
  return "invalid_request";
}

function hint(code: ErrorCode, said: string): string {
  if (code === "unauthorized" && said.includes("proxy authorization")) {
    return " The deployment asks for a proxy token: pass modalKey and modalSecret.";
  }
  if (code === "unauthorized")
    return " Check apiKey (or modalKey and modalSecret): missing, wrong or expired.";
  if (code === "not_found") return " Check baseUrl: is a Formwork server there?";
  return "";
}
