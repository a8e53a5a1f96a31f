import { pathToFileURL } from "node:url";
import { FormworkError } from "../../../errors.js";
import type { JsonSchema } from "../../../types.js";
import { text } from "../../config/setting.js";

/** The setting that names hostile schemas of one's own. */
export const hostileFile = {
  "bench.hostileCases": text({
    flag: "--cases <file>",
    description: "a module whose export `hostile` holds schemas by name, instead of the project's own",
    isPath: true,
  }),
};

/** The schemas in `file`, by name; the project's own where there is none. */
export async function hostileSchemasOf(file: string | undefined): Promise<Record<string, JsonSchema>> {
  if (file === undefined) return (await import("../../../bench/index.js")).hostileSchemas();
  const { hostile } = (await import(pathToFileURL(file).href)) as { hostile?: Record<string, JsonSchema> };
  if (hostile !== undefined) return hostile;
  throw new FormworkError("wrong_usage", `${file} exports nothing called \`hostile\`.`);
}
