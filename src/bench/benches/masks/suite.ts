import { createWriteStream } from "node:fs";
import { compileSchema, type Dialect, type Grammar } from "../../../constraint/index.js";
import { FormworkError } from "../../../errors.js";
import type { JsonSchema } from "../../../types.js";
import type { Shard } from "../../shard.js";
import { readLines } from "./cases.js";
import { rawMember, rawValues } from "./rawJson.js";

/** A group of the JSON-Schema-Test-Suite. */
export interface SuiteGroup {
  draft: string;
  file: string;
  group: string;
  schema: JsonSchema;
  tests: SuiteTest[];
}

export interface SuiteTest {
  description: string;
  /** The data as text, since `1.0` is an integer in some drafts only. */
  text: string;
  valid: boolean;
}

export interface SuiteOptions {
  /** File of groups, one line of JSON each, gzipped. */
  cases: string;
  shard: Shard;
  /** File for groups with differences, one line of JSON each. */
  out?: string;
  /** Documents for remote references of the groups. */
  documents?: Readonly<Record<string, JsonSchema>>;
  signal?: AbortSignal;
}

export interface SuiteFigures {
  groups: number;
  /** All verdicts of the group match the suite. */
  right: number;
  wrong: number;
  /** The schema was rejected, with pointer and keyword. */
  refused: number;
  tests: number;
  wrong_tests: number;
  /** Failed with another error than a `SchemaError`: a defect. */
  failures: number;
}

/** The differences in one group. */
export interface GroupOutcome {
  draft: string;
  file: string;
  group: string;
  refused?: { code: string; pointer: string; keyword: string; message: string };
  failure?: string;
  /** Tests with another verdict than the suite's. */
  wrong?: SuiteTest[];
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  draft4: "draft-04",
  draft6: "draft-06",
  draft7: "draft-07",
  "draft2019-09": "2019-09",
  "draft2020-12": "2020-12",
};

/**
 * The suite's settings of `format`: since 2019-09, `format.json` expects annotations, the default, and `optional/format/...` assertions.
 */
function formatsOf(group: SuiteGroup): "assert" | "annotate" {
  const isAnnotation = group.draft === "draft2019-09" || group.draft === "draft2020-12";
  return isAnnotation && group.file === "format.json" ? "annotate" : "assert";
}

/** Runs the groups of a shard, properties in any order. */
export async function runSuite(options: SuiteOptions): Promise<SuiteFigures> {
  const figures: SuiteFigures = {
    groups: 0,
    right: 0,
    wrong: 0,
    refused: 0,
    tests: 0,
    wrong_tests: 0,
    failures: 0,
  };
  const out = options.out === undefined ? undefined : createWriteStream(options.out);
  for await (const line of readLines(options.cases, options.shard)) {
    options.signal?.throwIfAborted();
    const group = parseGroup(line);
    const outcome = judgeGroup(group, options.documents);
    figures.groups++;
    figures.tests += group.tests.length;
    if (outcome.refused !== undefined) figures.refused++;
    else if (outcome.failure !== undefined) figures.failures++;
    else if (outcome.wrong !== undefined) {
      figures.wrong++;
      figures.wrong_tests += outcome.wrong.length;
    } else {
      figures.right++;
      continue;
    }
    out?.write(`${JSON.stringify(outcome)}\n`);
  }
  if (out !== undefined) await new Promise<void>((resolve) => out.end(resolve));
  return figures;
}

function parseGroup(line: string): SuiteGroup {
  const group = JSON.parse(line) as SuiteGroup;
  const tests = rawValues(rawMember(line, "tests") as string);
  return {
    ...group,
    tests: group.tests.map((test, number) => ({ ...test, text: rawMember(tests[number], "data") as string })),
  };
}

/** One group: whether the engine accepts exactly the valid data. */
function judgeGroup(group: SuiteGroup, documents?: Readonly<Record<string, JsonSchema>>): GroupOutcome {
  const outcome: GroupOutcome = { draft: group.draft, file: group.file, group: group.group };
  let grammar: Grammar;
  try {
    grammar = compileSchema(group.schema, {
      propertyOrder: "any",
      defaultDialect: DIALECTS[group.draft],
      formats: formatsOf(group),
      ...(documents === undefined ? {} : { documents }),
    });
    const wrong = group.tests.filter((test) => grammar.accepts(test.text) !== test.valid);
    if (wrong.length > 0) outcome.wrong = wrong;
  } catch (thrown) {
    // A schema without valid documents is rejected, which is correct if the suite has no valid data for it.
    if (thrown instanceof FormworkError && thrown.pointer !== undefined) {
      const neverValid = group.tests.every((test) => !test.valid);
      if (thrown.code === "unsatisfiable_schema" && neverValid) return outcome;
      outcome.refused = {
        code: thrown.code,
        pointer: thrown.pointer,
        keyword: thrown.keyword ?? "",
        message: thrown.message,
      };
    } else outcome.failure = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  }
  return outcome;
}
