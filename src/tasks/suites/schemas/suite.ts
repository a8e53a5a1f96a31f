import type { JsonSchema } from "../../../types.js";
import type { Suite, TaskCase } from "../../task.js";
import { largeSchemas } from "./large.js";
import { mediumSchemas } from "./medium.js";
import { smallSchemas } from "./small.js";

/** Real-world schemas of 90 to 4,000 characters; only the form is judged. */
export const schemas: Suite = {
  name: "schemas",
  description: "Eleven schemas by size: small (4), medium (4), large (3). Judged by validity alone.",
  cases: [
    ...sized("small", smallSchemas, 160),
    ...sized("medium", mediumSchemas, 500),
    ...sized("large", largeSchemas, 1_200),
  ],
};

function sized(
  size: string,
  entries: readonly { id: string; prompt: string; schema: JsonSchema }[],
  maxTokens: number,
): TaskCase[] {
  return entries.map(({ id, prompt, schema }) => ({
    id: `${size}.${id}`,
    suite: "schemas",
    formOnly: true,
    steps: [{ task: "generate", request: () => ({ prompt, schema, maxTokens }) }],
    judge: async () => ({ completeness: 1, correctness: undefined, detail: "" }),
  }));
}
