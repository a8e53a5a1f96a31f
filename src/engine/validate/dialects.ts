import { createRequire } from "node:module";
import type { Ajv as AjvClass, Options } from "ajv";
import type { Dialect } from "../../constraint/index.js";
import { isJsonObject, type JsonValue } from "../../json/index.js";
import { decimalOf, isMultipleOf } from "./decimal.js";
import { FORMAT_CHECKS } from "./formats.js";
import { toRegExp } from "./patterns.js";

/** The order in which dialects are tried for a schema that names none. */
export const DIALECTS: readonly Dialect[] = ["2020-12", "2019-09", "draft-07", "draft-04"];

/** The age of each dialect. */
export const DIALECT_AGE: Readonly<Record<Dialect, number>> = {
  "draft-04": 0,
  "draft-06": 1,
  "draft-07": 2,
  "2019-09": 3,
  "2020-12": 4,
};

/** The metaschema's URI of each dialect. */
export const DIALECT_URIS: Readonly<Record<Dialect, string>> = {
  "draft-04": "http://json-schema.org/draft-04/schema#",
  "draft-06": "http://json-schema.org/draft-06/schema#",
  "draft-07": "http://json-schema.org/draft-07/schema#",
  "2019-09": "https://json-schema.org/draft/2019-09/schema",
  "2020-12": "https://json-schema.org/draft/2020-12/schema",
};

// Each class of Ajv takes tens of milliseconds to load, so they are loaded on demand.
const require = createRequire(import.meta.url);

/**
 * An Ajv instance for one dialect, adapted to the specification where Ajv differs: patterns that are not valid Unicode patterns are read
 * without the flag, multiples are decimal, inherited members do not count.
 */
export function createAjv(dialect: Dialect): AjvClass {
  const options: Options = {
    strict: false,
    logger: false,
    validateSchema: false,
    validateFormats: true,
    addUsedSchema: false,
    ownProperties: true,
    code: { regExp },
  };
  const ajv = new (classOf(dialect))(options);
  if (dialect === "draft-06") ajv.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json"));
  for (const [name, validate] of Object.entries(FORMAT_CHECKS))
    ajv.addFormat(name, { type: "string", validate });
  ajv.removeKeyword("multipleOf");
  ajv.addKeyword({
    keyword: "multipleOf",
    type: "number",
    schemaType: "number",
    compile: (divisor: number) => (value: number) =>
      isMultipleOf(decimalOf(String(value)), decimalOf(String(divisor))),
    error: { message: ({ schema }) => `must be multiple of ${String(schema)}` },
  });
  return ajv;
}

/** The dialect of `$schema`; undefined if it is unknown. */
export function dialectOf(schema: JsonValue): Dialect | undefined {
  const named = isJsonObject(schema) ? schema.get("$schema") : undefined;
  if (typeof named !== "string") return undefined;
  const found = /json-schema\.org\/(?:draft-0?([467])|draft\/(2019-09|2020-12))\/(?:hyper-)?schema/.exec(
    named,
  );
  if (found === null) return undefined;
  return (found[2] ?? `draft-0${found[1]}`) as Dialect;
}

function classOf(dialect: Dialect): new (options: Options) => AjvClass {
  const path =
    dialect === "draft-04"
      ? "ajv-draft-04"
      : dialect === "2019-09"
        ? "ajv/dist/2019"
        : dialect === "2020-12"
          ? "ajv/dist/2020"
          : "ajv";
  const loaded = require(path) as { default?: unknown };
  return (loaded.default ?? loaded) as new (
    options: Options,
  ) => AjvClass;
}

const regExp = Object.assign((source: string): RegExp => toRegExp(source), { code: "formworkRegExp" });
