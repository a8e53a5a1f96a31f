import { ALL_TYPES, ARRAY, decimalOf, NUMBER, OBJECT, ONE, STRING } from "../grammar/index.js";
import type { Branch, Option } from "./branch.js";
import type { Goals } from "./goals.js";
import { languageOf } from "./language.js";
import type { Literal, SchemaLiteral } from "./literal.js";
import {
  contentOfNode,
  forbid,
  formatFailures,
  formatOf,
  limitTypes,
  patternFailures,
  patternOf,
  typeBits,
} from "./parts.js";
import { areDisjoint, containsCounts, itemGroup, propertyGroup } from "./positive.js";
import { spellingOf } from "./spelling.js";
import { failUnevaluatedItems, failUnevaluatedProperties } from "./unevaluated.js";

/** Adds that the schema must fail: one of its keywords does. False where it cannot. */
export function takeNegative(goals: Goals, branch: Branch, literal: SchemaLiteral): boolean {
  const { value } = literal.node;
  if (typeof value === "boolean") return !value;
  const options: Option[] = [];
  for (const name in value) {
    const given = literal.node.keyword(name);
    if (given !== undefined) addFailures(goals, literal, name, given, options, branch.types);
  }
  const content = contentOfNode(literal.node);
  if (content !== undefined && (branch.types & STRING) !== 0) options.push(...formatFailures(content));
  if (options.length === 0) return false;
  if (options.length === 1) {
    branch.pending.push(...options[0].literals);
    options[0].apply?.(branch);
    return branch.types !== 0;
  }
  // The plainest ways to fail come first: they are the ones kept where not all can be.
  options.sort((a, b) => rank(a) - rank(b));
  branch.choices.push({ options, negative: true, failing: goals.schema(literal.node, literal.scope, true) });
  return true;
}

function rank(option: Option): number {
  return option.leavesOut === true ? 0 : 1 + option.literals.length;
}

/** The ways in which the keyword `name` alone can fail. `types`: what the value can still be. */
function addFailures(
  goals: Goals,
  literal: SchemaLiteral,
  name: string,
  given: unknown,
  options: Option[],
  types: number,
): void {
  const { node } = literal;
  const child = (member: string | number | undefined, positive: boolean) =>
    goals.child(literal, name, member, positive);
  const of = (literals: Literal[], apply?: (branch: Branch) => void) =>
    options.push({
      literals: literals.map((other) => ({ literal: goals.target(other), within: [] })),
      ...(apply === undefined ? {} : { apply }),
    });
  /** A failure that only values of one type can show. */
  const typed = (type: number, apply: (branch: Branch) => void, literals: Literal[] = []) => {
    if ((types & type) === 0) return;
    of(literals, (branch) => {
      limitTypes(branch, type);
      apply(branch);
    });
  };
  switch (name) {
    case "type": {
      const bits = typeBits(given);
      if ((types & ~bits.types & ALL_TYPES) !== 0) of([], (b) => limitTypes(b, ~bits.types));
      if (bits.onlyIntegers)
        typed(NUMBER, (b) => (b.number.notMultipleOf = [...b.number.notMultipleOf, ONE]));
      return;
    }
    case "enum":
      of([goals.values((given as unknown[]).map(spellingOf), false)]);
      return;
    case "const":
      of([goals.values([spellingOf(given)], false)]);
      return;
    case "minimum":
      typed(NUMBER, (b) => b.atMost(decimalOf(given as number), node.keyword("exclusiveMinimum") !== true));
      return;
    case "maximum":
      typed(NUMBER, (b) => b.atLeast(decimalOf(given as number), node.keyword("exclusiveMaximum") !== true));
      return;
    case "exclusiveMinimum":
      if (typeof given === "number") typed(NUMBER, (b) => b.atMost(decimalOf(given), false));
      return;
    case "exclusiveMaximum":
      if (typeof given === "number") typed(NUMBER, (b) => b.atLeast(decimalOf(given), false));
      return;
    case "multipleOf":
      typed(
        NUMBER,
        (b) => (b.number.notMultipleOf = [...b.number.notMultipleOf, decimalOf(given as number)]),
      );
      return;
    case "minLength":
      if ((given as number) > 0)
        typed(STRING, (b) => (b.string.maxLength = Math.min(b.string.maxLength, (given as number) - 1)));
      return;
    case "maxLength":
      typed(STRING, (b) => (b.string.minLength = Math.max(b.string.minLength, (given as number) + 1)));
      return;
    case "pattern": {
      if ((types & STRING) !== 0) options.push(...patternFailures(goals, node, given as string));
      return;
    }
    case "format":
      if ((types & STRING) !== 0 && formatOf(node) !== undefined)
        options.push(...formatFailures(given as string));
      return;
    case "required":
      if (!Array.isArray(given) || (types & OBJECT) === 0) return;
      for (const required of given as string[]) {
        options.push({
          literals: [],
          apply: (b) => {
            limitTypes(b, OBJECT);
            forbid(goals, b, required);
          },
          leavesOut: true,
        });
      }
      return;
    case "minProperties":
      if ((given as number) > 0)
        typed(OBJECT, (b) => (b.maxProperties = Math.min(b.maxProperties, (given as number) - 1)));
      return;
    case "maxProperties":
      typed(OBJECT, (b) => (b.minProperties = Math.max(b.minProperties, (given as number) + 1)));
      return;
    case "minItems":
      if ((given as number) > 0)
        typed(ARRAY, (b) => (b.maxItems = Math.min(b.maxItems, (given as number) - 1)));
      return;
    case "maxItems":
      typed(ARRAY, (b) => (b.minItems = Math.max(b.minItems, (given as number) + 1)));
      return;
    case "properties":
      for (const property of Object.keys(given as object)) {
        if (goals.isAlways(child(property, true))) continue;
        typed(OBJECT, (b) => {
          b.require(property);
          b.propertyGroups.push({
            names: new Map([[property, child(property, false)]]),
            patterns: [],
            additional: undefined,
            synthetic: true,
            within: [],
          });
        });
      }
      return;
    case "patternProperties":
      for (const source of Object.keys(given as object)) {
        const automaton = patternOf(goals, node, name, source);
        typed(OBJECT, (b) => {
          b.someProperties = [
            ...b.someProperties,
            {
              matches: (key) => automaton.matches(key),
              inside: [automaton],
              outside: [],
              literal: child(source, false),
            },
          ];
        });
      }
      return;
    case "additionalProperties": {
      const group = propertyGroup(goals, literal, [])!;
      const outside = group.patterns.map(({ automaton }) => automaton);
      if (goals.isAlways(child(undefined, true))) return;
      typed(OBJECT, (b) => {
        b.someProperties = [
          ...b.someProperties,
          {
            matches: (key) => !group.names.has(key) && !outside.some((automaton) => automaton.matches(key)),
            inside: [],
            outside,
            literal: child(undefined, false),
          },
        ];
      });
      return;
    }
    case "propertyNames": {
      const names = languageOf(goals, goals.goal([child(undefined, false)]));
      typed(OBJECT, (b) => {
        b.someProperties = [
          ...b.someProperties,
          { matches: (key) => names.matches(key), inside: [names], outside: [], literal: goals.always },
        ];
      });
      return;
    }
    case "prefixItems":
    case "items":
    case "additionalItems":
      addItemFailures(goals, literal, name, typed);
      return;
    case "contains": {
      const { min, max } = containsCounts(literal);
      const part = (least: number, most: number) => (b: Branch) => {
        b.contains = [
          ...b.contains,
          {
            literal: child(undefined, true),
            opposite: child(undefined, false),
            min: least,
            max: most,
            from: 0,
            within: [],
          },
        ];
      };
      if (min > 0) typed(ARRAY, part(0, min - 1));
      if (max !== Number.POSITIVE_INFINITY) typed(ARRAY, part(max + 1, Number.POSITIVE_INFINITY));
      return;
    }
    case "$ref":
      of([goals.schema(goals.document.reference(node), literal.scope, false)]);
      return;
    case "$dynamicRef":
    case "$recursiveRef":
      of([
        goals.schema(goals.document.dynamicReference(node, literal.scope.resources), literal.scope, false),
      ]);
      return;
    case "allOf":
      for (let i = 0; i < (given as unknown[]).length; i++) of([child(i, false)]);
      return;
    case "anyOf":
      of((given as unknown[]).map((_, i) => child(i, false)));
      return;
    case "oneOf": {
      const count = (given as unknown[]).length;
      of((given as unknown[]).map((_, i) => child(i, false)));
      for (let i = 0; i < count; i++) {
        for (let j = i + 1; j < count; j++)
          if (!areDisjoint(goals, child(i, true), child(j, true))) of([child(i, true), child(j, true)]);
      }
      return;
    }
    case "not":
      of([child(undefined, true)]);
      return;
    case "if":
      if (node.keyword("then") !== undefined)
        of([child(undefined, true), goals.child(literal, "then", undefined, false)]);
      if (node.keyword("else") !== undefined)
        of([child(undefined, false), goals.child(literal, "else", undefined, false)]);
      return;
    case "dependentRequired":
    case "dependentSchemas":
    case "dependencies":
      for (const property of Object.keys(given as object)) {
        const needs = (given as Record<string, unknown>)[property];
        if (Array.isArray(needs)) {
          for (const needed of needs as string[]) {
            typed(OBJECT, (b) => {
              b.require(property);
              forbid(goals, b, needed);
            });
          }
        } else typed(OBJECT, (b) => b.require(property), [child(property, false)]);
      }
      return;
    case "uniqueItems":
      if (given !== true) return;
      typed(ARRAY, (b) => {
        const part = {
          literal: goals.always,
          opposite: goals.never,
          min: 1,
          max: Number.POSITIVE_INFINITY,
          from: 1,
          within: [],
        };
        b.contains = [...b.contains, { ...part, repeats: true }];
      });
      return;
    case "unevaluatedProperties":
      if ((types & OBJECT) !== 0 && !goals.isAlways(child(undefined, true)))
        of([], (b) => failUnevaluatedProperties(goals, b, literal));
      return;
    case "unevaluatedItems":
      if ((types & ARRAY) !== 0 && !goals.isAlways(child(undefined, true)))
        of([], (b) => failUnevaluatedItems(goals, b, literal));
      return;
  }
}

function addItemFailures(
  goals: Goals,
  literal: SchemaLiteral,
  name: string,
  typed: (type: number, apply: (branch: Branch) => void) => void,
): void {
  const group = itemGroup(goals, literal, []);
  if (group === undefined) return;
  const isList = Array.isArray(literal.node.keyword(name));
  if (isList) {
    group.prefix.forEach((item, index) => {
      typed(ARRAY, (b) => {
        b.minItems = Math.max(b.minItems, index + 1);
        const before = Array.from({ length: index }, () => goals.always);
        b.itemGroups.push({ prefix: [...before, goals.opposite(item)], rest: undefined, within: [] });
      });
    });
  } else if (group.rest !== undefined && !goals.isAlways(group.rest)) {
    const { rest } = group;
    typed(ARRAY, (b) => {
      b.contains = [
        ...b.contains,
        {
          literal: goals.opposite(rest),
          opposite: rest,
          min: 1,
          max: Number.POSITIVE_INFINITY,
          from: group.prefix.length,
          within: [],
        },
      ];
    });
  }
}
