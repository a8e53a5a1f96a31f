import { OBJECT } from "../../grammar/index.js";
import type { JsonObject } from "../../json/index.js";
import type { PropertyGroup } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";
import type { Literal, SchemaLiteral } from "../solver/literal.js";
import type { Demands } from "./demands.js";
import { type Keyword, keyword } from "./keyword.js";
import { namePattern } from "./languages.js";

// `properties`, `patternProperties` and `additionalProperties`. Those of one schema depend on each other and form one demand.

/** The three keywords of the literal's schema together. */
function propertyGroup(goals: Goals, literal: SchemaLiteral, within: readonly number[]): PropertyGroup {
  const { node } = literal;
  const child = (keyword: string, member?: string) => goals.child(literal, keyword, member, true);
  const properties = node.keyword("properties") as JsonObject | undefined;
  const additional = node.keyword("additionalProperties");
  return {
    names: new Map([...(properties?.keys() ?? [])].map((name) => [name, child("properties", name)] as const)),
    patterns: patternsOf(goals, literal).map(([source, automaton]) => ({
      automaton,
      literal: child("patternProperties", source),
    })),
    additional: additional === undefined ? undefined : child("additionalProperties"),
    synthetic: false,
    within,
  };
}

function patternsOf(goals: Goals, { node }: SchemaLiteral) {
  const given = node.keyword("patternProperties") as JsonObject | undefined;
  return [...(given?.keys() ?? [])].map(
    (source) => [source, namePattern(goals, node, "patternProperties", source)] as const,
  );
}

function demandGroup(demands: Demands): void {
  if (!demands.once("properties")) return;
  const group = propertyGroup(demands.goals, demands.literal, demands.within);
  demands.branch.propertyGroups.push(group);
  // An empty list says that there are no members, as in a function without parameters.
  const isListed = demands.literal.node.keyword("properties") !== undefined;
  if (isListed || group.patterns.length > 0) demands.branch.names(OBJECT);
}

const properties = keyword({
  name: "properties",
  since: "draft-04",
  vocabulary: "applicator",
  holds: "map",
  concerns: OBJECT,
  demand: (_given, demands) => demandGroup(demands),
  fail(given, failures) {
    for (const name of (given as JsonObject).keys()) {
      if (failures.goals.isAlways(failures.child("properties", name, true))) continue;
      const literal = failures.child("properties", name, false);
      failures.addFor(
        OBJECT,
        (branch) => {
          branch.require(name);
          branch.nameOnly(new Map([[name, literal]]));
        },
        { member: { name, literal } },
      );
    }
  },
  quickLook: () => true,
  member(literal, name, goals): Literal | undefined {
    const given = literal.node.keyword("properties") as JsonObject;
    return given.has(name) ? goals.child(literal, "properties", name, true) : undefined;
  },
  remote: "whole",
});

const patternProperties = keyword({
  name: "patternProperties",
  since: "draft-04",
  vocabulary: "applicator",
  holds: "map",
  combines: true,
  concerns: OBJECT,
  patterns: (value) => (value as JsonObject).keys(),
  demand: (_given, demands) => demandGroup(demands),
  fail(_given, failures) {
    for (const [source, automaton] of patternsOf(failures.goals, failures.literal)) {
      if (failures.goals.isAlways(failures.child("patternProperties", source, true))) continue;
      const literal = failures.child("patternProperties", source, false);
      failures.addFor(OBJECT, (branch) => {
        branch.needSome({
          matches: (name) => automaton.matches(name),
          inside: [automaton],
          outside: [],
          literal,
        });
      });
    }
  },
  quickLook: () => true,
});

const additionalProperties = keyword({
  name: "additionalProperties",
  since: "draft-04",
  vocabulary: "applicator",
  holds: "one",
  concerns: OBJECT,
  demand: (_given, demands) => demandGroup(demands),
  fail(_given, failures) {
    if (failures.goals.isAlways(failures.child("additionalProperties", undefined, true))) return;
    const { names, patterns } = propertyGroup(failures.goals, failures.literal, []);
    const outside = patterns.map(({ automaton }) => automaton);
    failures.addFor(OBJECT, (branch) => {
      // Names that the schema lists are not additional, even if others name them, so they need to be distinguished.
      if (names.size > 0)
        branch.nameOnly(new Map([...names.keys()].map((name) => [name, failures.goals.always])));
      branch.needSome({
        matches: (name) => !names.has(name) && !outside.some((automaton) => automaton.matches(name)),
        inside: [],
        outside,
        literal: failures.child("additionalProperties", undefined, false),
      });
    });
  },
  quickLook: () => true,
  leavesOut(literal, name, goals) {
    const { node } = literal;
    if (node.keyword("additionalProperties") !== false) return false;
    if ((node.keyword("properties") as JsonObject | undefined)?.has(name)) return false;
    return !patternsOf(goals, literal).some(([, automaton]) => automaton.matches(name));
  },
  remote: "whole",
});

export const propertyKeywords: readonly Keyword[] = [properties, patternProperties, additionalProperties];
