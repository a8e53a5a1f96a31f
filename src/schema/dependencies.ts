import { OBJECT } from "../grammar/index.js";
import type { Branch, Option } from "./branch.js";
import type { Goals } from "./goals.js";
import type { SchemaLiteral } from "./literal.js";
import { forbid, limitTypes } from "./parts.js";

/**
 * `dependentRequired`, `dependentSchemas`, `dependencies`: where a member stands, something else holds. Members that ask
 * for the same are taken together: either it holds, or all of them are left out.
 */
export function takeDependencies(
  goals: Goals,
  branch: Branch,
  literal: SchemaLiteral,
  keyword: string,
  within: readonly number[],
): void {
  const given = literal.node.keyword(keyword) as Record<string, unknown>;
  const groups = new Map<string, string[]>();
  for (const name of Object.keys(given)) {
    // What is evaluated by a schema counts only where its member stands: then each is a case of its own.
    const key = within.length > 0 ? name : JSON.stringify(given[name]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [name]);
    else group.push(name);
  }
  for (const names of groups.values()) {
    const needs = given[names[0]];
    // Values that are no objects pass here: they have no members.
    const without: Option = {
      literals: [],
      apply: (b) => {
        for (const name of names) forbid(goals, b, name);
      },
    };
    const needed = typeof needs === "string" ? [needs] : needs;
    const having: Option = Array.isArray(needed)
      ? {
          literals: [],
          apply: (b) => {
            limitTypes(b, OBJECT);
            for (const name of needed as string[]) b.require(name);
          },
        }
      : {
          literals: [{ literal: goals.child(literal, keyword, names[0], true), within }],
          apply: (b) => {
            limitTypes(b, OBJECT);
            if (within.length > 0) b.require(names[0]);
          },
        };
    if (Array.isArray(needed) && needed.length === 0) continue;
    branch.choices.push({ options: [without, having], negative: false });
  }
}
