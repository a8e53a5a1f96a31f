import { FormworkError } from "../../errors.js";
import type { UpstreamFailure } from "./protocols/protocol.js";

const TOO_LONG =
  /context (length|size|window)|input_tokens|prompt.{0,20}too long|maximum.{0,20}(tokens|length)|max_(completion_)?tokens.{0,20}too large/i;
const ABOUT_SCHEMA = /schema|grammar|response_format|structured|guided|regex|json/i;
const BAD_REQUEST = new Set([400, 422, 501]);

/** Whether the server rejected the schema, so that a weaker constraint may work. */
export function refusesSchema({ status, message, parameter, inStream }: UpstreamFailure): boolean {
  // vLLM only reports this if its grammar library fails to compile.
  if (inStream === true && status === 500 && /^internal server error$/i.test(message)) return true;
  if (!BAD_REQUEST.has(status) || TOO_LONG.test(`${parameter} ${message}`)) return false;
  return ABOUT_SCHEMA.test(`${parameter ?? ""} ${message}`);
}

/** Whether the server rejected an unknown request field, which can be omitted or renamed. */
export function refusedField(
  { status, parameter }: UpstreamFailure,
  body: Record<string, unknown>,
): string | undefined {
  if (!BAD_REQUEST.has(status) || parameter === undefined) return undefined;
  return OPTIONAL_FIELDS.has(parameter) && Object.hasOwn(body, parameter) ? parameter : undefined;
}

const OPTIONAL_FIELDS = new Set(["max_tokens", "temperature", "top_p", "seed", "stream_options"]);

/** `body` without the fields unknown to the server. */
export function withoutFields(
  body: Record<string, unknown>,
  refused: ReadonlySet<string>,
): Record<string, unknown> {
  if (refused.size === 0) return body;
  const kept = Object.fromEntries(Object.entries(body).filter(([field]) => !refused.has(field)));
  // Newer OpenAI models use another name for the budget.
  return refused.has("max_tokens") ? { ...kept, max_completion_tokens: body.max_tokens } : kept;
}

/** The caller's error for a rejection or failure of the server at `place`. */
export function errorOfFailure(failure: UpstreamFailure, place: string): FormworkError {
  const { status, message, parameter } = failure;
  const said = message === "" ? `${status}` : `${status}: ${message}`;
  if (status === 401 || status === 403) {
    return new FormworkError(
      "model_unavailable",
      `The server at ${place} does not take the key (${said}): missing, wrong or expired. Set FORMWORK_ENGINE_KEY, or ` +
        "FORMWORK_MODAL_KEY and FORMWORK_MODAL_SECRET for a Modal proxy.",
    );
  }
  if (failure.code !== undefined) {
    return new FormworkError(
      failure.code,
      message,
      failure.pointer === undefined ? {} : { pointer: failure.pointer },
    );
  }
  if (BAD_REQUEST.has(status) && TOO_LONG.test(`${parameter} ${message}`)) {
    return new FormworkError(
      "prompt_too_long",
      `The prompt is too long for the model at ${place}: ${message}`,
    );
  }
  if (BAD_REQUEST.has(status) && /the shortest document of this schema needs/.test(message)) {
    return new FormworkError("budget_too_small", message);
  }
  if (status === 404 && /model/i.test(message)) return new FormworkError("unknown_model", message);
  if (status === 404) {
    return new FormworkError(
      "model_unavailable",
      `${place} has no such route: is it the right kind of server? (${said})`,
    );
  }
  return new FormworkError("upstream_error", `The server at ${place} failed (${said}).`);
}
