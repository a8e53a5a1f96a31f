import type { Context } from "hono";
import type { FormworkError } from "../../errors.js";
import { writeJson } from "../../json/index.js";
import { CODINGS } from "../contentEncoding.js";
import { errorBody } from "../failure.js";
import { anthropicErrorBody } from "./messages/errorBody.js";
import { openaiErrorBody } from "./openai/errorBody.js";
import type { ErrorShape } from "./surface.js";

/** The error format by prefix of the path; the first match counts. */
const SHAPES: readonly [path: RegExp, shape: ErrorShape][] = [
  [/^\/v1\/messages(?:\/|$)/, anthropicErrorBody],
  [/^\/v1(?:\/|$)/, openaiErrorBody],
];

/** `error` as a response in the format of the surface, with `Retry-After` if waiting helps. */
export function failureResponse(context: Context, error: FormworkError): Response {
  const shape = SHAPES.find(([path]) => path.test(context.req.path))?.[1] ?? errorBody;
  const headers: Record<string, string> = { "content-type": "application/json; charset=utf-8" };
  if (error.retryable) headers["retry-after"] = String(Math.ceil(error.retryAfterSeconds ?? 1));
  // Prevents clients of OpenAI and Anthropic from retrying requests that would fail again.
  if (error.status >= 500) headers["x-should-retry"] = String(error.retryable);
  if (error.status === 415) headers["accept-encoding"] = CODINGS;
  if (error.status === 401) headers["www-authenticate"] = "Bearer";
  return context.body(`${writeJson(shape(error))}\n`, error.status as 400, headers);
}
