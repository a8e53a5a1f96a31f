import { SchemaError } from "../errors.js";
import { decimalOf, ONE } from "../grammar/index.js";
import type { Branch, ItemGroup, Option, PropertyGroup } from "./branch.js";
import { takeDependencies } from "./dependencies.js";
import { areShallowlyDisjoint } from "./disjoint.js";
import { areDisjointTexts } from "./disjointTexts.js";
import type { Goals } from "./goals.js";
import type { Literal, SchemaLiteral } from "./literal.js";
import {
  contentOfNode,
  formatOf,
  limitFormat,
  limitPattern,
  limitTypes,
  patternOf,
  typeBits,
} from "./parts.js";
import { spellingOf } from "./spelling.js";

/** Subsets of `anyOf` branches are told apart up to this many branches, where it matters which of them hold. */
const MOST_SUBSET_BRANCHES = 6;

/** Adds everything the schema demands. False where it cannot hold. */
export function takePositive(
  goals: Goals,
  branch: Branch,
  literal: SchemaLiteral,
  outside: readonly number[],
): boolean {
  const { node } = literal;
  const { value } = node;
  if (typeof value === "boolean") return value;
  let within = outside;
  const unevaluatedProperties = node.keyword("unevaluatedProperties") !== undefined;
  const unevaluatedItems = node.keyword("unevaluatedItems") !== undefined;
  if (unevaluatedProperties || unevaluatedItems) {
    const id = goals.newTracker();
    // What a nested keyword evaluates counts for those around it, not for itself.
    if (unevaluatedProperties) {
      branch.unevaluatedProperties.push({
        id,
        literal: goals.child(literal, "unevaluatedProperties", undefined, true),
        within: outside,
      });
    }
    if (unevaluatedItems) {
      branch.unevaluatedItems.push({
        id,
        literal: goals.child(literal, "unevaluatedItems", undefined, true),
        within: outside,
      });
    }
    within = [...outside, id];
  }
  takeKeywords(goals, branch, literal, within);
  return true;
}

/** Adds what the schema's keywords demand, `unevaluatedProperties` and `unevaluatedItems` aside. */
export function takeKeywords(
  goals: Goals,
  branch: Branch,
  literal: SchemaLiteral,
  within: readonly number[],
): void {
  const { node } = literal;
  const value = node.value as Readonly<Record<string, unknown>>;
  const push = (other: Literal) => branch.pending.push({ literal: other, within });
  for (const name in value) {
    const given = node.keyword(name);
    if (given === undefined) continue;
    switch (name) {
      case "type": {
        const { types, onlyIntegers } = typeBits(given);
        limitTypes(branch, types);
        if (onlyIntegers) {
          branch.multipleOf(ONE);
          if (node.dialect === "draft-04") branch.number.noFraction = true;
        }
        break;
      }
      case "enum":
        push(goals.values((given as unknown[]).map(spellingOf), true));
        break;
      case "const":
        push(goals.values([spellingOf(given)], true));
        break;
      case "minimum":
        branch.atLeast(decimalOf(given as number), node.keyword("exclusiveMinimum") === true);
        break;
      case "maximum":
        branch.atMost(decimalOf(given as number), node.keyword("exclusiveMaximum") === true);
        break;
      case "exclusiveMinimum":
        if (typeof given === "number") branch.atLeast(decimalOf(given), true);
        break;
      case "exclusiveMaximum":
        if (typeof given === "number") branch.atMost(decimalOf(given), true);
        break;
      case "multipleOf":
        branch.multipleOf(decimalOf(given as number));
        break;
      case "minLength":
        branch.string.minLength = Math.max(branch.string.minLength, given as number);
        break;
      case "maxLength":
        branch.string.maxLength = Math.min(branch.string.maxLength, given as number);
        break;
      case "pattern":
        limitPattern(goals, branch, node, given as string);
        break;
      case "format": {
        const format = formatOf(node);
        if (format !== undefined) limitFormat(goals, branch, format);
        break;
      }
      case "required":
        if (Array.isArray(given)) for (const required of given as string[]) branch.require(required);
        break;
      case "minProperties":
        branch.minProperties = Math.max(branch.minProperties, given as number);
        break;
      case "maxProperties":
        branch.maxProperties = Math.min(branch.maxProperties, given as number);
        break;
      case "propertyNames":
        branch.propertyNames = [...branch.propertyNames, goals.child(literal, name, undefined, true)];
        break;
      case "minItems":
        branch.minItems = Math.max(branch.minItems, given as number);
        break;
      case "maxItems":
        branch.maxItems = Math.min(branch.maxItems, given as number);
        break;
      case "uniqueItems":
        if (given === true) branch.unique = true;
        break;
      case "contains":
        takeContains(goals, branch, literal, within);
        break;
      case "$ref":
        push(goals.schema(goals.document.reference(node), literal.scope, true));
        break;
      case "$dynamicRef":
      case "$recursiveRef":
        push(
          goals.schema(goals.document.dynamicReference(node, literal.scope.resources), literal.scope, true),
        );
        break;
      case "allOf":
        for (let i = 0; i < (given as unknown[]).length; i++) push(goals.child(literal, name, i, true));
        break;
      case "anyOf":
        branch.choices.push({
          options: anyOptions(goals, literal, (given as unknown[]).length, within),
          negative: false,
        });
        break;
      case "oneOf":
        branch.choices.push({
          options: oneOptions(goals, literal, (given as unknown[]).length, within),
          negative: false,
        });
        break;
      case "not":
        branch.pending.push({ literal: goals.child(literal, name, undefined, false), within: [] });
        break;
      case "if":
        takeCondition(goals, branch, literal, within);
        break;
      case "dependentRequired":
      case "dependentSchemas":
      case "dependencies":
        takeDependencies(goals, branch, literal, name, within);
        break;
    }
  }
  const content = contentOfNode(node);
  if (content !== undefined) limitFormat(goals, branch, content);
  const group = propertyGroup(goals, literal, within);
  if (group !== undefined) branch.propertyGroups.push(group);
  const items = itemGroup(goals, literal, within);
  if (items !== undefined) branch.itemGroups.push(items);
}

/** `properties`, `patternProperties` and `additionalProperties`, where any is there. */
export function propertyGroup(
  goals: Goals,
  literal: SchemaLiteral,
  within: readonly number[],
): PropertyGroup | undefined {
  const { node } = literal;
  const properties = node.keyword("properties") as Record<string, unknown> | undefined;
  const patternProperties = node.keyword("patternProperties") as Record<string, unknown> | undefined;
  const additional = node.keyword("additionalProperties");
  if (properties === undefined && patternProperties === undefined && additional === undefined)
    return undefined;
  const names = new Map<string, Literal>();
  if (properties !== undefined)
    for (const name of Object.keys(properties))
      names.set(name, goals.child(literal, "properties", name, true));
  return {
    names,
    patterns:
      patternProperties === undefined
        ? []
        : Object.keys(patternProperties).map((source) => ({
            automaton: patternOf(goals, node, "patternProperties", source),
            literal: goals.child(literal, "patternProperties", source, true),
          })),
    additional:
      additional === undefined ? undefined : goals.child(literal, "additionalProperties", undefined, true),
    synthetic: false,
    within,
  };
}

/** `prefixItems`/`items`, or the older `items` list with `additionalItems`. */
export function itemGroup(
  goals: Goals,
  literal: SchemaLiteral,
  within: readonly number[],
): ItemGroup | undefined {
  const { node } = literal;
  const prefixItems = node.keyword("prefixItems") as unknown[] | undefined;
  const items = node.keyword("items");
  if (prefixItems === undefined && items === undefined) return undefined;
  const list = Array.isArray(items) ? "items" : "prefixItems";
  const prefix = ((Array.isArray(items) ? items : prefixItems) ?? []).map((_, i) =>
    goals.child(literal, list, i, true),
  );
  let rest: Literal | undefined;
  if (Array.isArray(items)) {
    if (node.keyword("additionalItems") !== undefined)
      rest = goals.child(literal, "additionalItems", undefined, true);
  } else if (items !== undefined) rest = goals.child(literal, "items", undefined, true);
  return { prefix, rest, within };
}

/** The counts that `contains` asks for, by draft. */
export function containsCounts(literal: SchemaLiteral): { min: number; max: number } {
  const min = literal.node.keyword("minContains") as number | undefined;
  const max = literal.node.keyword("maxContains") as number | undefined;
  return { min: min ?? 1, max: max ?? Number.POSITIVE_INFINITY };
}

function takeContains(goals: Goals, branch: Branch, literal: SchemaLiteral, within: readonly number[]): void {
  const { min, max } = containsCounts(literal);
  const evaluates = literal.node.dialect === "2020-12" ? within : [];
  if (min === 0 && max === Number.POSITIVE_INFINITY && evaluates.length === 0) return;
  branch.contains = [
    ...branch.contains,
    {
      literal: goals.child(literal, "contains", undefined, true),
      opposite: goals.child(literal, "contains", undefined, false),
      min,
      max,
      from: 0,
      within: evaluates,
    },
  ];
}

function anyOptions(
  goals: Goals,
  literal: SchemaLiteral,
  length: number,
  within: readonly number[],
): Option[] {
  const children = Array.from({ length }, (_, i) => goals.child(literal, "anyOf", i, true));
  // Which branches hold decides what counts as evaluated. More of them never makes a document invalid, so it is
  // enough that some set of branches holds: no branch has to fail. Where something has to be left unevaluated, the
  // others have to fail.
  const isExact = goals.isExact(within);
  if (isExact && length > MOST_SUBSET_BRANCHES) {
    const what = `\`anyOf\` of more than ${MOST_SUBSET_BRANCHES} under a negated \`unevaluated\` keyword`;
    throw new SchemaError("unsupported_schema", `${what} cannot be honoured.`, literal.node.pointer, "anyOf");
  }
  if (within.length > 0 && length <= MOST_SUBSET_BRANCHES) {
    const options: Option[] = [];
    for (let bits = 1; bits < 1 << length; bits++) {
      const holds = (i: number) => ((bits >> i) & 1) === 1;
      options.push({
        literals: isExact
          ? children.map((child, i) =>
              holds(i) ? { literal: child, within } : { literal: goals.opposite(child), within: [] },
            )
          : children.filter((_, i) => holds(i)).map((child) => ({ literal: child, within })),
      });
    }
    return options;
  }
  const options: Option[] = children.map((child) => ({ literals: [{ literal: child, within }] }));
  if (within.length > 0) options.push({ literals: children.map((child) => ({ literal: child, within })) });
  return options;
}

/** Each branch alone: the others must fail, as far as they could hold together with it. */
function oneOptions(
  goals: Goals,
  literal: SchemaLiteral,
  length: number,
  within: readonly number[],
): Option[] {
  const children = Array.from({ length }, (_, i) => goals.child(literal, "oneOf", i, true));
  return children.map((child, i) => ({
    literals: [
      { literal: child, within },
      ...children
        .filter((other, j) => j !== i && !areDisjoint(goals, child, other))
        .map((other) => ({ literal: goals.opposite(other), within: [] })),
    ],
  }));
}

/** No value meets both, as far as is surely known. */
export function areDisjoint(goals: Goals, a: SchemaLiteral, b: SchemaLiteral): boolean {
  if (a === b) return false;
  if (areShallowlyDisjoint(goals, a, b)) return true;
  const texts = areDisjointTexts(goals, a, b);
  if (texts !== undefined) return texts;
  const { cuts } = goals.search;
  return !goals.goal([a, b]).isPossible && cuts === goals.search.cuts;
}

function takeCondition(
  goals: Goals,
  branch: Branch,
  literal: SchemaLiteral,
  within: readonly number[],
): void {
  const hasThen = literal.node.keyword("then") !== undefined;
  const hasElse = literal.node.keyword("else") !== undefined;
  if (!hasThen && !hasElse && within.length === 0) return;
  const met = [{ literal: goals.child(literal, "if", undefined, true), within }];
  const unmet: { literal: Literal; within: readonly number[] }[] = [
    { literal: goals.child(literal, "if", undefined, false), within: [] },
  ];
  if (hasThen) met.push({ literal: goals.child(literal, "then", undefined, true), within });
  if (hasElse) unmet.push({ literal: goals.child(literal, "else", undefined, true), within });
  branch.choices.push({ options: [{ literals: met }, { literals: unmet }], negative: false });
}
