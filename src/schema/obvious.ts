import { ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "../grammar/index.js";
import { boundedPattern, wellFormed } from "../regex/index.js";
import { areShallowlyDisjoint, typesOf } from "./disjoint.js";
import type { SchemaNode } from "./document/index.js";
import type { Goals } from "./goals.js";
import type { Literal } from "./literal.js";
import { contentOfNode, formatOf, typeBits } from "./parts.js";

// Most schemas can be met, and a look at their keywords shows it: no need to split them into alternatives and to look
// for a document. A "yes" here is sure; a "no" only says that it takes more than a look.

/** Keywords that restrict values of any type. */
const GENERAL = ["$dynamicRef", "$recursiveRef", "allOf", "not", "if"];
/** Keywords that list what a value may be. */
const CHOICES = ["$ref", "anyOf", "oneOf", "enum", "const"];
/** Keywords beside which an object with required members needs a closer look. */
const ENTANGLING = [
  "patternProperties",
  "propertyNames",
  "dependencies",
  "dependentRequired",
  "dependentSchemas",
  "unevaluatedProperties",
];

/** Whether a look at the keywords shows that some value surely meets the conjunction. */
export function isObviouslyPossible(goals: Goals, literals: readonly Literal[]): boolean {
  if (literals.length !== 1) return literals.length === 0;
  const literal = literals[0];
  if (literal.kind === "values") return literal.positive === literal.values.length > 0;
  return literal.positive && isPossible(goals, literal.node);
}

/** By node; false while it is being looked at: a value that needs itself is none. */
const known = new WeakMap<SchemaNode, boolean>();

function isPossible(goals: Goals, node: SchemaNode): boolean {
  const before = known.get(node);
  if (before !== undefined) return before;
  known.set(node, false);
  const possible = look(goals, node);
  known.set(node, possible);
  return possible;
}

function look(goals: Goals, node: SchemaNode): boolean {
  if (typeof node.value === "boolean") return node.value;
  if (GENERAL.some((name) => node.keyword(name) !== undefined)) return false;
  const type = node.keyword("type");
  const { types, onlyIntegers } =
    type === undefined ? { types: undefined, onlyIntegers: false } : typeBits(type);
  const choices = CHOICES.filter((name) => node.keyword(name) !== undefined);
  if (choices.length > 0) {
    const others = Object.keys(node.value).some(
      (name) =>
        name !== choices[0] && name !== "type" && ASSERTIONS.has(name) && node.keyword(name) !== undefined,
    );
    return (
      choices.length === 1 && !others && !onlyIntegers && isChoicePossible(goals, node, choices[0], types)
    );
  }
  if (types === undefined || (types & (NULL | TRUE | FALSE)) !== 0) return true;
  return (
    ((types & STRING) !== 0 && isStringPossible(goals, node)) ||
    ((types & NUMBER) !== 0 && isNumberPossible(node)) ||
    ((types & ARRAY) !== 0 && isArrayPossible(goals, node)) ||
    ((types & OBJECT) !== 0 && isObjectPossible(goals, node))
  );
}

/** Everything that may rule a value out. */
const ASSERTIONS = new Set([
  ..."minLength maxLength pattern format minimum maximum exclusiveMinimum exclusiveMaximum multipleOf".split(
    " ",
  ),
  ..."items prefixItems additionalItems minItems maxItems uniqueItems contains minContains maxContains".split(
    " ",
  ),
  ..."unevaluatedItems properties additionalProperties required minProperties maxProperties".split(" "),
  ..."contentEncoding contentMediaType".split(" "),
  ...ENTANGLING,
  ...CHOICES,
]);

/** `types`: those that `type` beside the keyword leaves. */
function isChoicePossible(goals: Goals, node: SchemaNode, name: string, types: number | undefined): boolean {
  const given = node.keyword(name);
  if (name === "const" || name === "enum") {
    const values = name === "const" ? [given] : (given as unknown[]);
    return types === undefined && values.length > 0;
  }
  if (name === "$ref") return types === undefined && isPossible(goals, goals.document.reference(node));
  const children = (given as unknown[]).map((_, i) => goals.plain(goals.document.child(node, name, i)));
  return children.some(
    (child, i) =>
      (types === undefined || (typesOf(goals, child) & ~types) === 0) &&
      isPossible(goals, child.node) &&
      (name === "anyOf" ||
        children.every(
          (other, j) => i === j || (child !== other && areShallowlyDisjoint(goals, child, other)),
        )),
  );
}

function numberOf(node: SchemaNode, name: string, otherwise: number): number {
  const value = node.keyword(name);
  return typeof value === "number" ? value : otherwise;
}

function isStringPossible(goals: Goals, node: SchemaNode): boolean {
  const least = numberOf(node, "minLength", 0);
  const most = numberOf(node, "maxLength", Number.POSITIVE_INFINITY);
  const pattern = node.keyword("pattern") as string | undefined;
  const languages = [pattern, formatOf(node), contentOfNode(node)].filter(
    (language) => language !== undefined,
  );
  if (languages.length === 0) return least <= most;
  if (least > 0 || most !== Number.POSITIVE_INFINITY || languages.length > 1) return false;
  if (pattern === undefined) return true;
  const { automaton, minLength, maxLength } = boundedPattern(pattern, goals.regexLimits);
  return minLength === 0 && maxLength === Number.POSITIVE_INFINITY && !wellFormed(automaton).isEmpty;
}

function isNumberPossible(node: SchemaNode): boolean {
  const bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
  return bounds.filter((name) => node.keyword(name) !== undefined).length <= 1;
}

function isArrayPossible(goals: Goals, node: SchemaNode): boolean {
  if (node.keyword("contains") !== undefined) return false;
  const least = numberOf(node, "minItems", 0);
  if (least > numberOf(node, "maxItems", Number.POSITIVE_INFINITY)) return false;
  if (least === 0) return true;
  if (node.keyword("prefixItems") !== undefined || node.keyword("unevaluatedItems") !== undefined)
    return false;
  if (node.keyword("uniqueItems") === true && least > 1) return false;
  const items = node.keyword("items");
  if (items === undefined) return true;
  return !Array.isArray(items) && isPossible(goals, goals.document.child(node, "items"));
}

function isObjectPossible(goals: Goals, node: SchemaNode): boolean {
  const required = node.keyword("required");
  const names = Array.isArray(required) ? new Set(required as string[]) : new Set<string>();
  const most = numberOf(node, "maxProperties", Number.POSITIVE_INFINITY);
  if (numberOf(node, "minProperties", 0) > names.size || names.size > most) return false;
  if (names.size === 0) return true;
  if (ENTANGLING.some((name) => node.keyword(name) !== undefined)) return false;
  const properties = node.keyword("properties") as Record<string, unknown> | undefined;
  const hasAdditional = node.keyword("additionalProperties") !== undefined;
  for (const name of names) {
    if (properties !== undefined && Object.hasOwn(properties, name)) {
      if (!isPossible(goals, goals.document.child(node, "properties", name))) return false;
    } else if (hasAdditional && !isPossible(goals, goals.document.child(node, "additionalProperties")))
      return false;
  }
  return true;
}
