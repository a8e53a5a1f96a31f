import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { FormworkError } from "../errors.js";
import { isRecord } from "../json/index.js";
import type { JsonSchema, JsonValue } from "../types.js";
import { CODE_LANGUAGES, type CodeLanguage, codeRequest } from "./code.js";
import { type FunctionIr, irRequest, isFunctionIr } from "./ir.js";
import type { CodeTest } from "./judge/code.js";
import { judgeGold } from "./judge/gold.js";
import type { Judgement } from "./judge/judgement.js";
import { judgeSignature } from "./judge/signature.js";
import { judgeDocument } from "./suites/functions.js";
import type { Suite, TaskCase, TaskStep } from "./task.js";

/** A step in a `*.case.json`. */
export type StepFile =
  | { task?: "generate"; prompt: string; system?: string; schema: JsonSchema; max_tokens?: number }
  | { task: "ir"; prompt: string }
  /** Default: the document of the previous step. */
  | { task: "code"; language: CodeLanguage; ir?: FunctionIr };

/** The expectation for the last document in a `*.case.json`. Without one, only validity counts. */
export type ExpectationFile =
  | { gold: JsonValue; tolerance?: number }
  | { signature: FunctionIr }
  | { tests: CodeTest[] };

/** A file `NAME.case.json`: one step, or several under `steps`. Its name is the case's id. */
export type CaseFile = (StepFile | { steps: StepFile[] }) & { expect?: ExpectationFile };

/**
 * Reads a folder of `*.case.json` as a suite named after the folder, sorted by file name. Throws `wrong_usage`, naming the file and the
 * invalid field.
 */
export async function readSuite(folder: string): Promise<Suite> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw new FormworkError("wrong_usage", `Cannot read the folder ${folder} of cases.`, { cause });
  }
  const files = names.filter((name) => name.endsWith(".case.json")).sort();
  if (files.length === 0) throw new FormworkError("wrong_usage", `There is no *.case.json in ${folder}.`);
  const suite = basename(folder);
  const cases = await Promise.all(
    files.map(async (name) => {
      const path = join(folder, name);
      const text = await readFile(path, "utf8");
      let content: unknown;
      try {
        content = JSON.parse(text);
      } catch (cause) {
        throw new FormworkError("wrong_usage", `${path} is not JSON: ${(cause as Error).message}`, { cause });
      }
      return caseFromFile(content, suite, name.slice(0, -".case.json".length), path);
    }),
  );
  return { name: suite, description: `${files.length} cases of ${folder}`, cases };
}

/** Converts the content of a case file to a case. `source` is its name in errors. */
export function caseFromFile(content: unknown, suite: string, id: string, source: string): TaskCase {
  const fail = (pointer: string, message: string): never => {
    throw new FormworkError("wrong_usage", `${source}: ${message}`, { pointer });
  };
  if (!isRecord(content)) return fail("", "a case must be an object.");
  const written = "steps" in content ? content["steps"] : [content];
  if (!Array.isArray(written) || written.length === 0)
    return fail("/steps", "steps must be a list of at least one step.");
  const steps = written.map((step, index) =>
    readStep(step, index, "steps" in content ? `/steps/${index}` : "", fail),
  );
  const judge = readExpectation(content["expect"], fail);
  const formOnly = content["expect"] === undefined ? { formOnly: true as const } : {};
  return { id, suite, steps, ...formOnly, judge: (outputs) => judge(outputs[steps.length - 1]) };
}

type Fail = (pointer: string, message: string) => never;

function readStep(step: unknown, index: number, pointer: string, fail: Fail): TaskStep {
  if (!isRecord(step)) return fail(pointer, "a step must be an object.");
  const task = step["task"] ?? "generate";
  if (task === "code") {
    const language = step["language"] as CodeLanguage;
    if (!CODE_LANGUAGES.includes(language)) {
      return fail(`${pointer}/language`, `language must be one of ${CODE_LANGUAGES.join(", ")}.`);
    }
    const ir = step["ir"];
    if (ir === undefined && index === 0)
      return fail(`${pointer}/ir`, "the first step has no document before it: give ir.");
    if (ir !== undefined && !isFunctionIr(ir))
      return fail(`${pointer}/ir`, "ir is not the IR of a function.");
    return {
      task,
      request: (outputs) => {
        const source = ir ?? outputs[index - 1];
        if (!isFunctionIr(source)) throw new TypeError("The step before gave no IR of a function.");
        return codeRequest(source, language);
      },
    };
  }
  const prompt = step["prompt"];
  if (typeof prompt !== "string" || prompt === "")
    return fail(`${pointer}/prompt`, "prompt must be a string.");
  if (task === "ir") return { task, request: () => irRequest(prompt) };
  if (task !== "generate") return fail(`${pointer}/task`, "task must be one of generate, ir, code.");
  const { schema, system, max_tokens: maxTokens = 400 } = step;
  if (typeof schema !== "boolean" && !isRecord(schema))
    return fail(`${pointer}/schema`, "schema must be a JSON Schema.");
  if (system !== undefined && typeof system !== "string")
    return fail(`${pointer}/system`, "system must be a string.");
  if (!Number.isInteger(maxTokens) || (maxTokens as number) < 1) {
    return fail(`${pointer}/max_tokens`, "max_tokens must be an integer of at least 1.");
  }
  const request = {
    ...(system === undefined ? {} : { system }),
    prompt,
    schema,
    maxTokens: maxTokens as number,
  };
  return { task, request: () => request };
}

function readExpectation(expect: unknown, fail: Fail): (output: JsonValue) => Promise<Judgement> {
  if (expect === undefined) {
    return async () => ({ completeness: 1, correctness: undefined, detail: "" });
  }
  if (!isRecord(expect)) return fail("/expect", "expect must be an object.");
  if ("gold" in expect) {
    const gold = expect["gold"] as JsonValue;
    const tolerance = expect["tolerance"] ?? 0;
    if (typeof tolerance !== "number") return fail("/expect/tolerance", "tolerance must be a number.");
    return async (output) => judgeGold(gold, output, { tolerance });
  }
  if ("signature" in expect) {
    const ir = expect["signature"];
    if (!isFunctionIr(ir)) return fail("/expect/signature", "signature is the IR of a function.");
    return async (output) => judgeSignature(ir, output);
  }
  const tests = expect["tests"];
  if (!Array.isArray(tests)) return fail("/expect", "expect has one of gold, signature, tests.");
  for (const [index, test] of tests.entries()) {
    if (!isRecord(test) || !Array.isArray(test["arguments"]) || !("returns" in test)) {
      return fail(`/expect/tests/${index}`, "a test has arguments (a list) and returns.");
    }
  }
  return (output) => judgeDocument(output, tests as unknown as CodeTest[]);
}
