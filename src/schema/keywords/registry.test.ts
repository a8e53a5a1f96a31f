import { expect, test } from "vitest";
import { parseJson } from "../../json/index.js";
import type { Dialect } from "../document/index.js";
import { DIALECT_AGE } from "../document/index.js";
import { metaschema } from "../document/metaschemas/index.js";
import { KEYWORDS } from "./index.js";

const VOCABULARIES_2020 = [
  "core",
  "applicator",
  "unevaluated",
  "validation",
  "meta-data",
  "format-annotation",
  "content",
];
const VOCABULARIES_2019 = ["core", "applicator", "validation", "meta-data", "format", "content"];

const METASCHEMAS: readonly [Dialect, string][] = [
  ["draft-04", "http://json-schema.org/draft-04/schema"],
  ["draft-06", "http://json-schema.org/draft-06/schema"],
  ["draft-07", "http://json-schema.org/draft-07/schema"],
  ...VOCABULARIES_2019.map(
    (name) => ["2019-09", `https://json-schema.org/draft/2019-09/meta/${name}`] as [Dialect, string],
  ),
  ...VOCABULARIES_2020.map(
    (name) => ["2020-12", `https://json-schema.org/draft/2020-12/meta/${name}`] as [Dialect, string],
  ),
];

test.each(METASCHEMAS)("%s: every keyword that %s names is known", (dialect, uri) => {
  const text = metaschema(uri);
  const properties = (parseJson(text!) as ReadonlyMap<string, unknown>).get("properties") as ReadonlyMap<
    string,
    unknown
  >;
  expect(properties.size).toBeGreaterThan(0);
  const table = KEYWORDS.table(dialect, "assert");
  // Draft 4 names schemas by `id`, which `document/identifier.ts` reads: an annotation to all others.
  const known = (name: string) => table.has(name) || (dialect === "draft-04" && name === "id");
  expect([...properties.keys()].filter((name) => !known(name))).toEqual([]);
});

test("a keyword counts from its draft on", () => {
  for (const dialect of Object.keys(DIALECT_AGE) as Dialect[]) {
    for (const [name, { since }] of KEYWORDS.table(dialect, "assert"))
      expect([name, DIALECT_AGE[since] <= DIALECT_AGE[dialect]]).toEqual([name, true]);
  }
});

test.each([
  ["propertie", "properties"],
  ["min_length", "minLength"],
  ["additional-properties", "additionalProperties"],
  ["requierd", "required"],
  ["colour", undefined],
])("%s looks like %s", (written, meant) => {
  expect(KEYWORDS.similar(written)).toBe(meant);
});
