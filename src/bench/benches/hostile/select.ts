import { FormworkError } from "../../../errors.js";
import type { JsonSchema } from "../../../types.js";
import { parseShard } from "../../masks/cases.js";

/**
 * The schemas whose names contain `part`, and of these every N-th for the shard `K/N`. Throws `wrong_usage` where none is
 * left, or for a shard that is none.
 */
export function selectSchemas(
  schemas: Readonly<Record<string, JsonSchema>>,
  part: string,
  shard: string,
): Record<string, JsonSchema> {
  const { index, count } = parseShard(shard);
  const named = Object.entries(schemas)
    .filter(([name]) => name.includes(part))
    .filter((_, at) => at % count === index);
  if (named.length > 0) return Object.fromEntries(named);
  throw new FormworkError(
    "wrong_usage",
    `No hostile schema of shard ${shard} is called anything with "${part}".`,
  );
}
