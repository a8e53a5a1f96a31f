import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { describe, expect, test } from "vitest";
import { compileSchema, type Dialect, LimitError, SchemaError } from "../src/constraint/index.js";
import { isJsonArray, isJsonObject, type JsonObject, parseJson, writeJson } from "../src/json/index.js";

// Real schemas that are not part of this project: `cases.ndjson.gz` in the folder that FORMWORK_REAL_SCHEMAS names, a line each:
// `id`, `schema`, `tests` of a `text` and whether it is `valid`, and perhaps a `dialect`. A shard of them runs here,
// FORMWORK_REAL_SCHEMAS_SHARD or the first of 24. What differs from right is pinned by a digest of the case's id, each with
// the reason for which it stands; drift to either side fails.
const folder = process.env["FORMWORK_REAL_SCHEMAS"];
const [index, count] = (process.env["FORMWORK_REAL_SCHEMAS_SHARD"] ?? "0/24").split("/").map(Number);

interface Pins {
  /** Why a case may stand as it does, by name. */
  reasons: Record<string, string>;
  /** By digest of the id: a verdict, and the name of its reason. */
  pinned: Record<string, [verdict: string, reason: string]>;
}

const { reasons, pinned } = JSON.parse(
  readFileSync(new URL("./pinned/realSchemas.json", import.meta.url), "utf8"),
) as Pins;

function digest(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 16);
}

/** What differs from right; empty where nothing does. */
function differences(row: JsonObject): string {
  const dialect = row.get("dialect");
  const found = new Set<string>();
  try {
    const grammar = compileSchema(writeJson(row.get("schema")!), {
      propertyOrder: "any",
      ...(typeof dialect === "string" ? { defaultDialect: dialect as Dialect } : {}),
    });
    const tests = row.get("tests") ?? [];
    for (const one of isJsonArray(tests) ? tests.filter(isJsonObject) : []) {
      const valid = one.get("valid");
      if (typeof valid !== "boolean") continue;
      const verdict = verdictOf(() => grammar.accepts(String(one.get("text"))));
      if (verdict !== valid)
        found.add(verdict === "late" ? verdict : valid ? "valid refused" : "invalid let through");
    }
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    expect(error.pointer, "a refusal points").toBeTypeOf("string");
    found.add(`refused: ${error.code}`);
  }
  return [...found].sort().join(", ");
}

function verdictOf(accepts: () => boolean): boolean | "late" {
  try {
    return accepts();
  } catch (error) {
    if (error instanceof SchemaError || error instanceof LimitError) return "late";
    throw error;
  }
}

describe.runIf(folder)("real schemas", () => {
  test("get the verdicts that are pinned", { timeout: 600_000 }, async () => {
    const lines = createInterface({
      input: createReadStream(`${folder}/cases.ndjson.gz`).pipe(createGunzip()),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    const differing: Record<string, string> = {};
    const expected: Record<string, string> = {};
    let number = 0;
    for await (const line of lines) {
      if (line === "" || number++ % count !== index) continue;
      const row = parseJson(line) as JsonObject;
      const id = digest(String(row.get("id")));
      const found = differences(row);
      if (found !== "") differing[id] = found;
      if (Object.hasOwn(pinned, id)) expected[id] = pinned[id][0];
    }
    expect(number).toBeGreaterThan(0);
    expect(differing).toEqual(expected);
  });
});

test("the pinned list names digests, verdicts and reasons, never a case", () => {
  for (const [id, [verdict, reason]] of Object.entries(pinned)) {
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(verdict).toMatch(/^(refused: [a-z_]+|valid refused|invalid let through|late)(, [a-z ]+)?$/);
    expect(Object.keys(reasons)).toContain(reason);
  }
});
