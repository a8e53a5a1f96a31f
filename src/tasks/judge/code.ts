import { randomUUID } from "node:crypto";
import { transform } from "sucrase";
import type { JsonValue } from "../../types.js";
import type { CodeLanguage } from "../code.js";
import { type ConfinedLimits, runConfined } from "./confined.js";
import type { Judgement } from "./judgement.js";
import { nodeCommand, pythonCommand } from "./runners.js";

/** A call of a generated function. */
export interface CodeTest {
  /** The arguments. */
  arguments: JsonValue[];
  /** The expected result. */
  returns: JsonValue;
}

export interface ProducedCode {
  language: CodeLanguage;
  source: string;
  /** The function that the tests call. */
  name: string;
}

type CallResult = { value?: JsonValue; error?: string };

/**
 * Runs generated code in a sandbox (see `runConfined`) and calls its function with the arguments of each test. Completeness: the code
 * loads and has the function. Correctness: the fraction of tests with the expected result; undefined if the interpreter is not
 * installed.
 */
export async function judgeCode(
  produced: ProducedCode,
  tests: readonly CodeTest[],
  limits?: ConfinedLimits,
): Promise<Judgement> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(produced.name)) {
    return {
      completeness: 0,
      correctness: 0,
      detail: `${JSON.stringify(produced.name)} is not a function name`,
    };
  }
  let source = produced.source;
  if (produced.language === "typescript") {
    try {
      source = transform(source, { transforms: ["typescript"], disableESTransforms: true }).code;
    } catch (thrown) {
      return { completeness: 0, correctness: 0, detail: `does not parse: ${(thrown as Error).message}` };
    }
  }
  const mark = randomUUID();
  const job = { source, name: produced.name, calls: tests.map((test) => test.arguments), mark };
  const command = produced.language === "typescript" ? nodeCommand() : pythonCommand();
  const outcome = await runConfined(command, JSON.stringify(job), limits);
  if (outcome.status === "missing") {
    return { completeness: 1, correctness: undefined, detail: `${command[0]} is not on this machine` };
  }
  const lines = outcome.stdout.split("\n").filter((line) => line.startsWith(`${mark} `));
  const records = lines.map((line) => JSON.parse(line.slice(mark.length + 1)) as Record<string, JsonValue>);
  const [load, ...results] = records;
  if (load?.["loaded"] !== true) {
    const reason = load?.["error"] ?? stopReason(outcome.status) ?? outcome.stderr.trim().slice(-200);
    return { completeness: 0, correctness: 0, detail: `does not load: ${reason}` };
  }
  return weigh(produced.name, tests, results as CallResult[], stopReason(outcome.status));
}

function weigh(
  name: string,
  tests: readonly CodeTest[],
  results: readonly CallResult[],
  stopped: string | undefined,
): Judgement {
  let right = 0;
  let detail = "";
  for (let i = 0; i < tests.length; i++) {
    const result = results[i] ?? { error: stopped ?? "ended without a result" };
    if (result.error === undefined && sameValue(tests[i].returns, result.value ?? null)) {
      right += 1;
    } else if (detail === "") {
      const call = `${name}(${tests[i].arguments.map((value) => JSON.stringify(value)).join(", ")})`;
      detail = `${call} ${result.error ?? `returned ${JSON.stringify(result.value)}`}, not ${JSON.stringify(tests[i].returns)}`;
    }
  }
  return { completeness: 1, correctness: tests.length === 0 ? undefined : right / tests.length, detail };
}

function stopReason(status: string): string | undefined {
  if (status === "timeout") return "took too long";
  if (status === "memory") return "used too much memory";
  if (status === "output") return "wrote too much";
  return undefined;
}

function sameValue(expected: JsonValue, actual: JsonValue): boolean {
  if (typeof expected === "number" && typeof actual === "number") {
    return Math.abs(expected - actual) <= 1e-9 * Math.max(1, Math.abs(expected));
  }
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => sameValue(item, actual[index]))
    );
  }
  if (expected !== null && typeof expected === "object") {
    if (actual === null || typeof actual !== "object" || Array.isArray(actual)) return false;
    const keys = Object.keys(expected);
    return (
      Object.keys(actual).length === keys.length &&
      keys.every((key) => Object.hasOwn(actual, key) && sameValue(expected[key], actual[key]))
    );
  }
  return expected === actual;
}
