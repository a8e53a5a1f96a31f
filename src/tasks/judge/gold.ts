import { isRecord } from "../../json/index.js";
import type { JsonValue } from "../../types.js";
import type { Judgement } from "./judgement.js";

export interface GoldOptions {
  /** Relative tolerance of numbers. Default 0. */
  tolerance?: number;
}

/**
 * Compares a document with the reference answer, leaf by leaf. Only members of the reference are judged. Strings are compared ignoring
 * case, outer punctuation and runs of white space; lists of plain values ignoring order; lists of objects in order (a missing or
 * surplus element counts as one wrong leaf).
 */
export function judgeGold(gold: JsonValue, actual: JsonValue, options: GoldOptions = {}): Judgement {
  const tally: Tally = { leaves: 0, present: 0, right: 0, wrong: [] };
  compare(gold, actual, "", options.tolerance ?? 0, tally);
  return {
    completeness: tally.leaves === 0 ? 1 : tally.present / tally.leaves,
    correctness: tally.leaves === 0 ? 1 : tally.right / tally.leaves,
    detail: tally.wrong.slice(0, 3).join("; "),
  };
}

interface Tally {
  leaves: number;
  present: number;
  right: number;
  wrong: string[];
}

function compare(
  gold: JsonValue,
  actual: JsonValue | undefined,
  pointer: string,
  tolerance: number,
  tally: Tally,
): void {
  if (Array.isArray(gold)) {
    compareLists(gold, actual, pointer, tolerance, tally);
    return;
  }
  if (gold !== null && typeof gold === "object") {
    const fields = isRecord(actual) ? actual : {};
    for (const [key, value] of Object.entries(gold)) {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      compare(value, field, `${pointer}/${key}`, tolerance, tally);
    }
    return;
  }
  tally.leaves += 1;
  if (isPresent(actual) || gold === null || gold === "") tally.present += 1;
  if (sameScalar(gold, actual, tolerance)) tally.right += 1;
  else tally.wrong.push(`${pointer || "/"} is ${show(actual)}, not ${show(gold)}`);
}

function compareLists(
  gold: JsonValue[],
  actual: JsonValue | undefined,
  pointer: string,
  tolerance: number,
  tally: Tally,
): void {
  const items = Array.isArray(actual) ? actual : [];
  const plain = gold.every((item) => item === null || typeof item !== "object");
  if (!plain) {
    for (let i = 0; i < gold.length; i++) compare(gold[i], items[i], `${pointer}/${i}`, tolerance, tally);
  } else {
    const left = [...items];
    for (const item of gold) {
      tally.leaves += 1;
      const at = left.findIndex((candidate) => sameScalar(item, candidate, tolerance));
      if (at >= 0) {
        left.splice(at, 1);
        tally.present += 1;
        tally.right += 1;
      } else {
        if (items.length > 0) tally.present += 1;
        tally.wrong.push(`${pointer} lacks ${show(item)}`);
      }
    }
  }
  // An empty reference list counts as one leaf: nothing must be invented.
  const surplus = items.length - gold.length;
  if (surplus > 0 || gold.length === 0) {
    tally.leaves += 1;
    tally.present += 1;
    if (surplus > 0) tally.wrong.push(`${pointer} has ${surplus} too many`);
    else if (Array.isArray(actual)) tally.right += 1;
    else tally.wrong.push(`${pointer} is missing`);
  }
}

function sameScalar(gold: JsonValue, actual: JsonValue | undefined, tolerance: number): boolean {
  if (typeof gold === "number" && typeof actual === "number") {
    return Math.abs(gold - actual) <= Math.abs(gold) * tolerance + 1e-9;
  }
  if (typeof gold === "string" && typeof actual === "string") return plainText(gold) === plainText(actual);
  return gold === actual;
}

function plainText(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/g, " ")
    .replace(/^[\s"'.,;:]+|[\s"'.,;:]+$/g, "");
}

function isPresent(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}

function show(value: JsonValue | undefined): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
