import { readdirSync, readFileSync } from "node:fs";
import type { CompileOptions, Dialect } from "../src/constraint/index.js";
import type { JsonSchema, JsonValue } from "../src/types.js";

/** One schema with pinned verdicts, for one draft or more. */
export interface PinnedCase {
  file: string;
  /** What the case is about. */
  keyword: string;
  /** `04`: that draft. `06+`: from it on. `04..07`: from one to the other. */
  drafts: string;
  name: string;
  schema: JsonSchema;
  valid?: JsonValue[];
  invalid?: JsonValue[];
  /** Documents as text, where the spelling matters. */
  validTexts?: string[];
  invalidTexts?: string[];
  /** The schema is refused instead. */
  refused?: { code: string; pointer: string; keyword?: string };
  /** Order of properties; free unless the case is about it. */
  order?: CompileOptions["propertyOrder"];
  documents?: Record<string, JsonSchema>;
  /** Enforced unless the case is about it. */
  formats?: CompileOptions["formats"];
}

const DIALECTS: readonly [string, Dialect][] = [
  ["04", "draft-04"],
  ["06", "draft-06"],
  ["07", "draft-07"],
  ["2019", "2019-09"],
  ["2020", "2020-12"],
];

const folder = new URL("./cases/", import.meta.url);

/** Every pinned case of `test/cases`. */
export function pinnedCases(): PinnedCase[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json") && name !== "suiteDocuments.json")
    .flatMap((file) =>
      (JSON.parse(readFileSync(new URL(file, folder), "utf8")) as PinnedCase[]).map((one) => ({
        ...one,
        file,
      })),
    );
}

/** The dialects that a case's `drafts` names. */
export function dialectsOf(one: PinnedCase): Dialect[] {
  const [from, to] = one.drafts.endsWith("+") ? [one.drafts.slice(0, -1), "2020"] : one.drafts.split("..");
  const names = DIALECTS.map(([name]) => name);
  const [first, last] = [names.indexOf(from), names.indexOf(to ?? from)];
  if (first < 0 || last < first) throw new Error(`${one.file}: no drafts are named "${one.drafts}"`);
  return DIALECTS.slice(first, last + 1).map(([, dialect]) => dialect);
}

/** The documents of a case with the verdicts they should get. */
export function documentsOf(one: PinnedCase): { text: string; valid: boolean }[] {
  const written = (values: JsonValue[] | undefined): string[] =>
    (values ?? []).map((value) => JSON.stringify(value));
  return [
    ...[...written(one.valid), ...(one.validTexts ?? [])].map((text) => ({ text, valid: true })),
    ...[...written(one.invalid), ...(one.invalidTexts ?? [])].map((text) => ({ text, valid: false })),
  ];
}
