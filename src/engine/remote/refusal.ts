import { FormworkError } from "../../errors.js";
import type { UpstreamFailure } from "./protocols/protocol.js";

const TOO_LONG =
  /context (length|size|window)|input_tokens|prompt.{0,20}too long|maximum.{0,20}(tokens|length)|max_(completion_)?tokens.{0,20}too large/i;
const ABOUT_SCHEMA = /schema|grammar|response_format|structured|guided|regex|json/i;
const BAD_REQUEST = new Set([400, 422, 501]);

const ABOUT_BUDGET =
  /max_(completion_|output_|new_)?tokens\b.{0,40}(too large|greater than)|requested token count exceeds|\bin the completion\b/i;

/**
 * Whether the server rejected the limit of tokens as more than its context leaves, or than it permits. Without a limit, it writes as many
 * as there is room for.
 */
export function refusesBudget({ status, message }: UpstreamFailure): boolean {
  return BAD_REQUEST.has(status) && ABOUT_BUDGET.test(message);
}

/** `body` without the limit of tokens. */
export function withoutBudget(body: Record<string, unknown>): Record<string, unknown> {
  const { max_tokens, max_completion_tokens, ...others } = body;
  return others;
}

/** Whether the server rejected the schema, so that a weaker constraint may work. */
export function refusesSchema({ status, message, parameter, inStream }: UpstreamFailure): boolean {
  // vLLM only reports this if its grammar library fails to compile.
  if (inStream === true && status === 500 && /^internal server error$/i.test(message)) return true;
  if (!BAD_REQUEST.has(status) || TOO_LONG.test(`${parameter} ${message}`)) return false;
  return ABOUT_SCHEMA.test(`${parameter ?? ""} ${message}`);
}

/**
 * Fields that can be omitted or renamed if a server rejects them, each with the names under which the answer lists it as ignored.
 * `byValue`: the server may accept other values. `inMessage`: vLLM names it only in the message.
 */
const OPTIONAL_FIELDS: Readonly<Record<string, { ignored?: string; byValue?: true; inMessage?: true }>> = {
  max_tokens: {},
  temperature: { ignored: "temperature" },
  top_p: { ignored: "top_p" },
  seed: { ignored: "seed" },
  stream_options: {},
  chat_template_kwargs: { ignored: "reasoning", inMessage: true },
  reasoning_effort: { ignored: "reasoning.effort", byValue: true, inMessage: true },
  thinking_token_budget: { ignored: "reasoning.max_tokens", inMessage: true },
  thinking_budget_tokens: { ignored: "reasoning.max_tokens", inMessage: true },
};

/** The request field that the server rejected, if it can be omitted or renamed; for `withoutFields`. */
export function refusedField(
  { status, parameter, message }: UpstreamFailure,
  body: Record<string, unknown>,
): string | undefined {
  if (!BAD_REQUEST.has(status)) return undefined;
  const field = Object.keys(OPTIONAL_FIELDS).find(
    (name) =>
      Object.hasOwn(body, name) &&
      (parameter === undefined
        ? OPTIONAL_FIELDS[name].inMessage && message.includes(name)
        : parameter === name),
  );
  return field === undefined ? undefined : keyOf(field, body);
}

function keyOf(field: string, body: Record<string, unknown>): string {
  return OPTIONAL_FIELDS[field]?.byValue ? `${field}=${body[field]}` : field;
}

/** `body` without the fields that the server rejected, and the names of those that the caller should know of. */
export function withoutFields(
  body: Record<string, unknown>,
  refused: ReadonlySet<string>,
): { body: Record<string, unknown>; ignored: readonly string[] } {
  const omitted = Object.keys(body).filter((field) => refused.has(keyOf(field, body)));
  if (omitted.length === 0) return { body, ignored: [] };
  const kept = Object.fromEntries(Object.entries(body).filter(([field]) => !omitted.includes(field)));
  return {
    // Newer OpenAI models use another name for the budget.
    body: omitted.includes("max_tokens") ? { ...kept, max_completion_tokens: body.max_tokens } : kept,
    ignored: omitted.flatMap((field) => OPTIONAL_FIELDS[field]?.ignored ?? []),
  };
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
  if (refusesBudget(failure) || (BAD_REQUEST.has(status) && TOO_LONG.test(`${parameter} ${message}`))) {
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
