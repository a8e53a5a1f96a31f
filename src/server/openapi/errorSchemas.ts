import { ERROR_CODES } from "../../errors.js";
import { object, type Shape, string } from "./shapes.js";

const facts = {
  status: { type: "integer", minimum: 400, maximum: 599 },
  code: { enum: Object.keys(ERROR_CODES) },
  pointer: { type: "string", description: "JSON pointer to the cause, in the schema or the body." },
  keyword: { type: "string", description: "The schema keyword that caused the error." },
  retry_after: { type: "number", description: "Seconds." },
};
const optional = ["pointer", "keyword", "retry_after"];

/** The schemas of errors, one per family of surfaces. */
export const failureShapes: Record<string, Shape> = {
  Failure: object({ error: string, ...facts }, optional),
  OpenaiFailure: object(
    {
      error: object({ message: string, type: string, code: string, param: { type: ["string", "null"] } }),
      ...facts,
    },
    optional,
  ),
  AnthropicFailure: object(
    { type: { const: "error" }, error: object({ type: string, message: string }), ...facts },
    optional,
  ),
};

/** The possible errors of a generation, by status, with the values of `code`. */
export function failures(shape: string): Record<string, unknown> {
  const byStatus = new Map<number, string[]>();
  for (const [code, { status }] of Object.entries(ERROR_CODES)) {
    if (code === "wrong_usage" || code === "method_not_allowed" || code === "cancelled") continue;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      ...answer(codes.join(", "), shape),
      ...(status === 503 && {
        headers: { "Retry-After": { schema: { type: "integer" }, description: "Seconds." } },
      }),
    },
  ]);
  return Object.fromEntries(entries);
}

export const json = (name: string) => ({
  "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
});
export const answer = (description: string, name: string) => ({ description, content: json(name) });
