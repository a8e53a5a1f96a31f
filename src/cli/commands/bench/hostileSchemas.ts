import { pathToFileURL } from "node:url";
import { FormworkError } from "../../../errors.js";
import type { JsonSchema } from "../../../types.js";
import { text } from "../../config/setting.js";

/** Hostile schemas of the caller's. */
export const hostileFile = {
  "bench.hostileCases": text({
    flag: "--cases <file>",
    description:
      "module that exports `hostile`, an object of schemas by name, to use instead of the built-in ones",
    isPath: true,
  }),
};

/** The schemas in `file`, by name; without a file, the built-in ones. */
export async function hostileSchemasOf(file: string | undefined): Promise<Record<string, JsonSchema>> {
  if (file === undefined) return (await import("../../../bench/index.js")).hostileSchemas();
  const { hostile } = (await import(pathToFileURL(file).href)) as { hostile?: Record<string, JsonSchema> };
  if (hostile !== undefined) return hostile;
  throw new FormworkError("wrong_usage", `${file} has no export \`hostile\`.`);
}
