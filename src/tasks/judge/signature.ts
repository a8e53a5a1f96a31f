import type { JsonValue } from "../../types.js";
import { type FunctionIr, isFunctionIr } from "../ir.js";
import type { Judgement } from "./judgement.js";

/**
 * Judges the IR of a function: its name, the number and types of its parameters in order, its return type, and whether a pure function is
 * marked as pure. Names of parameters and the wording of intent and assertions are free. Confusing `integer` and `number` is an error.
 * Completeness: intent, parameters (if there are any) and assertions are present and not blank.
 */
export function judgeSignature(gold: FunctionIr, document: JsonValue | undefined): Judgement {
  if (!isFunctionIr(document))
    return { completeness: 0, correctness: 0, detail: "the document is not an IR" };
  const wrong: string[] = [];
  let right = 0;
  const check = (holds: boolean, fault: string): void => {
    if (holds) right += 1;
    else wrong.push(fault);
  };
  const expected = gold.signature;
  const actual = document.signature;
  check(actual.name === expected.name, `the name is ${actual.name}, not ${expected.name}`);
  check(actual.returns === expected.returns, `it returns ${actual.returns}, not ${expected.returns}`);
  check(
    actual.parameters.length === expected.parameters.length,
    `it takes ${actual.parameters.length} parameters, not ${expected.parameters.length}`,
  );
  for (const [index, { name, type }] of expected.parameters.entries()) {
    const found = actual.parameters[index]?.type ?? "missing";
    check(found === type, `the type of ${name} is ${found}, not ${type}`);
  }
  check(
    (document.effects?.length === 0) === (gold.effects.length === 0),
    gold.effects.length === 0 ? "it is said to have effects" : "its effects are missing",
  );

  const parts = [
    typeof document.intent === "string" && document.intent.trim() !== "",
    actual.parameters.length > 0 || expected.parameters.length === 0,
    Array.isArray(document.assertions) && document.assertions.some((one) => one?.text?.trim()),
  ];
  return {
    completeness: parts.filter(Boolean).length / parts.length,
    correctness: right / (right + wrong.length),
    detail: wrong.slice(0, 3).join("; "),
  };
}
