import type { Ajv as AjvClass, AnySchema } from "ajv";
import type { Dialect } from "../../constraint/index.js";
import { type JsonValue, parseJson, toJavaScript } from "../../json/index.js";
import type { SchemaSource } from "../../types.js";
import { createAjv } from "./dialects.js";
import type { Judge } from "./judge.js";
import { readSchema } from "./readSchema.js";

/** Schemas compiled by Ajv, with one instance per dialect. */
export class AjvJudges {
  private readonly ajvs = new Map<Dialect, AjvClass>();

  /** `schema` is the value of the source's text. Throws if Ajv cannot compile it. */
  compile({ documents }: SchemaSource, schema: JsonValue, dialect: Dialect): Judge {
    const read = (value: JsonValue) => readSchema(value, { dialect, exact: false }) as AnySchema;
    const ajv = documents === undefined ? this.sharedAjv(dialect) : createAjv(dialect);
    for (const [uri, text] of Object.entries(documents ?? {})) ajv.addSchema(read(parseJson(text)), uri);
    const prepared = read(schema);
    const validate = ajv.compile(prepared);
    return {
      check: (document) => {
        if (validate(toJavaScript(document)) === true) return { valid: true };
        const error = validate.errors?.[0];
        const keyword = error?.keyword === undefined ? "" : ` (${error.keyword})`;
        return {
          valid: false,
          pointer: error?.instancePath ?? "",
          message: `${error?.message ?? "is not valid"}${keyword}`,
        };
      },
      forget: () => {
        if (typeof prepared === "object") ajv.removeSchema(prepared);
      },
    };
  }

  private sharedAjv(dialect: Dialect): AjvClass {
    let ajv = this.ajvs.get(dialect);
    if (ajv === undefined) this.ajvs.set(dialect, (ajv = createAjv(dialect)));
    return ajv;
  }
}
