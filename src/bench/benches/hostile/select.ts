import { FormworkError } from "../../../errors.js";
import type { JsonSchema } from "../../../types.js";
import { parseShard } from "../../shard.js";

/**
 * The schemas whose names contain `part`, and of these the shard `K/N`. Throws `wrong_usage` if none is left or the shard is
 * malformed.
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
  throw new FormworkError("wrong_usage", `No hostile schema in shard ${shard} has "${part}" in its name.`);
}
