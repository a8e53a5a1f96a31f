import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compileSchema, SchemaError } from "../src/constraint/index.js";
import { isJsonObject, type JsonObject, type JsonValue, parseJson, writeJson } from "../src/json/index.js";

// Cases from outside: a line each of `faults.ndjson` in the folder that FORMWORK_HOSTILE names, read losslessly. `schema`
// and `text` with the `expected` verdict; without a text the schema compiles or is refused by name.
const file = `${process.env["FORMWORK_HOSTILE"]}/faults.ndjson`;

describe.runIf(existsSync(file))("faults from outside", () => {
  const cases = existsSync(file)
    ? readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => parseJson(line))
        .filter(isJsonObject)
    : [];
  // Requests are cases of a server; a text in place of a schema names one that is too large for the file.
  const judged = cases.filter((one) => one.has("schema") && typeof one.get("schema") !== "string");

  test.each(judged.map((one) => [String(one.get("id")), one] as const))(
    "%s",
    { timeout: 120_000 },
    (_, one) => {
      const expected = one.get("expected");
      const verdict = verdictOf(one);
      if (typeof expected === "boolean") expect(verdict).toBe(expected ? "accepted" : "rejected");
      else expect(verdict).toBeTypeOf("string");
    },
  );
});

/** A schema that no document meets rejects every text. Throws what is not an error of the schema. */
function verdictOf(one: JsonObject): "accepted" | "rejected" | "compiles" | "refused" {
  const isJudged = one.has("text");
  try {
    const grammar = compileSchema(writeJson(one.get("schema")!));
    if (!isJudged) return "compiles";
    return grammar.accepts(textOf(one.get("text")!)) ? "accepted" : "rejected";
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    if (!isJudged) return "refused";
    return error.code === "unsatisfiable_schema" ? "rejected" : "refused";
  }
}

function textOf(text: JsonValue): string {
  return typeof text === "string" ? text : writeJson(text);
}
