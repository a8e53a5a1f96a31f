import { createRequire } from "node:module";
import type { Ajv as AjvClass, Options } from "ajv";
import type { Dialect } from "../../constraint/index.js";
import { isJsonObject, type JsonValue } from "../../json/index.js";
import { decimalOf, isMultipleOf } from "./decimal.js";
import { toRegExp } from "./patterns.js";

/** In the order in which a schema that names no dialect is tried. */
export const DIALECTS: readonly Dialect[] = ["2020-12", "2019-09", "draft-07", "draft-04"];

/** Position of each dialect in time. */
export const DIALECT_AGE: Readonly<Record<Dialect, number>> = {
  "draft-04": 0,
  "draft-06": 1,
  "draft-07": 2,
  "2019-09": 3,
  "2020-12": 4,
};

/** Those of the specifications; what ajv-formats knows beyond them counts as an annotation. */
const FORMATS = (
  "date-time date time duration email hostname ipv4 ipv6 uri uri-reference uri-template uuid " +
  "json-pointer relative-json-pointer regex"
).split(" ");

/** The metaschema's URI of each dialect. */
export const DIALECT_URIS: Readonly<Record<Dialect, string>> = {
  "draft-04": "http://json-schema.org/draft-04/schema#",
  "draft-06": "http://json-schema.org/draft-06/schema#",
  "draft-07": "http://json-schema.org/draft-07/schema#",
  "2019-09": "https://json-schema.org/draft/2019-09/schema",
  "2020-12": "https://json-schema.org/draft/2020-12/schema",
};

type AddFormats = (ajv: AjvClass, options: { formats: readonly string[] }) => void;

// Each class of Ajv takes tens of milliseconds to load; only those that are needed are.
const require = createRequire(import.meta.url);

/**
 * An Ajv for one dialect, bent to what the specification says where Ajv by itself differs: patterns that
 * are not Unicode patterns are taken as plain ones, multiples are decimal, inherited members do not count.
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
  const addFormats = require("ajv-formats") as AddFormats & { default?: AddFormats };
  (addFormats.default ?? addFormats)(ajv, { formats: FORMATS });
  for (const name of ["uri-template", "uri-reference"]) ajv.addFormat(name, FORMAT_CHECKS[name]);
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

/** RFC 6570, with dots inside names and apostrophes in literals, which the one of ajv-formats does not know. */
const URI_TEMPLATE = (() => {
  const part = "(?:[a-z0-9_]|%[0-9a-f]{2})";
  const name = `${part}(?:\\.?${part})*(?::[1-9][0-9]{0,3}|\\*)?`;
  const literal = '[^\\x00-\\x20"<>%\\\\^`{|}\\x7f]|%[0-9a-f]{2}';
  return new RegExp(`^(?:${literal}|\\{[+#./;?&=,!@|]?${name}(?:,${name})*\\})*$`, "iu");
})();

type FormatCheck = RegExp | ((text: string) => boolean) | { validate: FormatCheck } | true;

/** The same formats for the other library, by name. */
export const FORMAT_CHECKS: Readonly<Record<string, (text: string) => boolean>> = (() => {
  const { fullFormats } = require("ajv-formats/dist/formats") as { fullFormats: Record<string, FormatCheck> };
  const checkOf = (format: FormatCheck): ((text: string) => boolean) => {
    if (format === true) return () => true;
    if (format instanceof RegExp) return (text) => format.test(text);
    return typeof format === "function" ? format : checkOf(format.validate);
  };
  const checks = FORMATS.map((name) => [name, checkOf(fullFormats[name])] as const);
  const uriReference = checkOf(fullFormats["uri-reference"]);
  return {
    ...Object.fromEntries(checks),
    "uri-template": (text: string) => URI_TEMPLATE.test(text),
    // That of ajv-formats takes quotation marks, which RFC 3986 does not.
    "uri-reference": (text: string) => !text.includes('"') && uriReference(text),
  };
})();

/** The dialect that `$schema` names; undefined where it names none that is known. */
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
