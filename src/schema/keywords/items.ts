import { ARRAY } from "../../grammar/index.js";
import { isJsonArray } from "../../json/index.js";
import type { ItemGroup } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";
import type { Literal, SchemaLiteral } from "../solver/literal.js";
import type { Demands } from "./demands.js";
import type { Failures } from "./failures.js";
import { type Keyword, keyword } from "./keyword.js";

// `prefixItems` and `items`, or the older `items` list with `additionalItems`. Those of one schema form one demand.

function itemGroup(goals: Goals, literal: SchemaLiteral, within: readonly number[]): ItemGroup | undefined {
  const { node } = literal;
  const prefixItems = node.keyword("prefixItems");
  const items = node.keyword("items");
  if (prefixItems === undefined && items === undefined) return undefined;
  const isOlder = isJsonArray(items);
  const listed = isOlder ? items : isJsonArray(prefixItems) ? prefixItems : [];
  const prefix = listed.map((_, i) => goals.child(literal, isOlder ? "items" : "prefixItems", i, true));
  const restName = isOlder ? "additionalItems" : "items";
  const rest =
    node.keyword(restName) === undefined ? undefined : goals.child(literal, restName, undefined, true);
  return { prefix, rest, within };
}

function demandGroup(demands: Demands): void {
  if (!demands.once("items")) return;
  const group = itemGroup(demands.goals, demands.literal, demands.within);
  if (group === undefined) return;
  demands.branch.itemGroups.push(group);
  demands.branch.names(ARRAY);
}

/** The ways to fail of the list of schemas under a keyword, or of the schema for all other items. */
function addFailures(name: string, failures: Failures): void {
  const { goals } = failures;
  const group = itemGroup(goals, failures.literal, []);
  if (group === undefined) return;
  if (isJsonArray(failures.node.keyword(name))) {
    for (const [index, item] of group.prefix.entries()) failAt(failures, index, goals.opposite(item));
  } else if (group.rest !== undefined && !goals.isAlways(group.rest)) {
    const { rest } = group;
    failures.addFor(ARRAY, (branch) => {
      branch.contains = [
        ...branch.contains,
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

function failAt(failures: Failures, index: number, literal: Literal): void {
  const before = Array.from({ length: index }, () => failures.goals.always);
  failures.addFor(ARRAY, (branch) => {
    branch.minItems = Math.max(branch.minItems, index + 1);
    branch.itemGroups.push({ prefix: [...before, literal], rest: undefined, within: [] });
  });
}

const items = (name: string, more: Pick<Keyword, "since" | "holds"> & Partial<Keyword>): Keyword =>
  keyword({
    name,
    vocabulary: "applicator",
    concerns: ARRAY,
    demand: (_given, demands) => demandGroup(demands),
    fail: (_given, failures) => addFailures(name, failures),
    quickLook: () => true,
    ...more,
  });

export const itemKeywords: readonly Keyword[] = [
  items("items", { since: "draft-04", holds: "oneOrList", remote: "whole" }),
  items("additionalItems", { since: "draft-04", holds: "one" }),
  items("prefixItems", { since: "2020-12", holds: "list", remote: "whole" }),
];
