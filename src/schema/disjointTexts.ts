import { STRING } from "../grammar/index.js";
import { boundedFormat, boundedPattern, compareIntersectionEmpty, formatCheck } from "../regex/index.js";
import { outlineOf } from "./disjoint.js";
import type { SchemaNode } from "./document/index.js";
import type { Goals } from "./goals.js";
import type { SchemaLiteral } from "./literal.js";
import { formatOf } from "./parts.js";

/** Keywords of a schema that says of strings at most a pattern, a format and a length. */
const TEXTUAL = new Set(
  "type pattern format minLength maxLength title description default examples $comment".split(" "),
);

/**
 * Whether no value meets both of two schemas that restrict nothing but strings; undefined for others. Lengths are
 * passed over, so `false` may be wrong, `true` never. Far cheaper than to build what meets both.
 */
export function areDisjointTexts(goals: Goals, a: SchemaLiteral, b: SchemaLiteral): boolean | undefined {
  if (!isTextual(a.node) || !isTextual(b.node)) return undefined;
  if ((outlineOf(goals, a).types & outlineOf(goals, b).types & ~STRING) !== 0) return false;
  for (const left of automataOf(goals, a.node)) {
    for (const right of automataOf(goals, b.node)) if (compareIntersectionEmpty(left, right)) return true;
  }
  return false;
}

function isTextual({ value }: SchemaNode): boolean {
  return (
    typeof value === "object" &&
    (value["pattern"] !== undefined || value["format"] !== undefined) &&
    Object.keys(value).every((keyword) => TEXTUAL.has(keyword))
  );
}

function automataOf(goals: Goals, node: SchemaNode) {
  const pattern = node.keyword("pattern");
  const format = formatOf(node);
  const automata = [];
  if (pattern !== undefined) automata.push(boundedPattern(pattern as string, goals.regexLimits).automaton);
  const language = format === undefined ? undefined : boundedFormat(format, "whole");
  // The ordinary part of a format is not all of it.
  if (language !== undefined && formatCheck(format as string) === undefined)
    automata.push(language.automaton);
  return automata;
}
