import { OBJECT } from "../../grammar/index.js";
import type { SchemaNode } from "../document/index.js";
import type { QuickLook } from "../solver/quickLook.js";
import { isNames } from "./forms.js";
import { keyword } from "./keyword.js";

/** Whether each name is possible, as far as `properties` and `additionalProperties` show. */
function canAllStand(node: SchemaNode, look: QuickLook, names: readonly string[]): boolean {
  const properties = node.keyword("properties") as ReadonlyMap<string, unknown> | undefined;
  const hasAdditional = node.keyword("additionalProperties") !== undefined;
  return names.every((name) => {
    if (properties?.has(name)) return look.isPossibleUnder(node, "properties", name);
    return !hasAdditional || look.isPossibleUnder(node, "additionalProperties");
  });
}

/** Keywords with which an object with required members needs a full check. */
const ENTANGLING = [
  "patternProperties",
  "propertyNames",
  "dependencies",
  "dependentRequired",
  "dependentSchemas",
  "unevaluatedProperties",
];

export const required = keyword({
  name: "required",
  since: "draft-04",
  concerns: OBJECT,
  // `required: false` occurs in many schemas written for draft 3, and restricts nothing.
  asserts: (node) => isNames(node.keyword("required")),
  fault(value) {
    if (value === true) return "must be an array of strings, next to `properties`";
    return value === false || isNames(value) ? undefined : "must be an array of strings";
  },
  note: (value) => (value === false ? "is false, as in draft 3: it restricts nothing" : undefined),
  demand(given, { branch }) {
    for (const name of given as readonly string[]) branch.require(name);
    if ((given as readonly string[]).length > 0) branch.names(OBJECT);
  },
  fail(given, failures) {
    for (const name of given as readonly string[]) {
      failures.addFor(OBJECT, (branch) => branch.forbid(failures.goals, name), {
        forbids: name,
        absent: name,
      });
    }
  },
  quickLook(node, look) {
    const names = [...new Set(node.keyword("required") as readonly string[])];
    if (names.length === 0) return true;
    if (ENTANGLING.some((name) => node.keyword(name) !== undefined)) return false;
    return canAllStand(node, look, names);
  },
  requiredMembers: (given) => given as readonly string[],
  remote: "whole",
});
