import { OBJECT } from "../../grammar/index.js";
import { isJsonObject, type JsonObject, type JsonValue, writeJson } from "../../json/index.js";
import type { Option } from "../solver/branch.js";
import type { Demands } from "./demands.js";
import { isNames } from "./forms.js";
import { type Keyword, keyword } from "./keyword.js";

// `dependentRequired`, `dependentSchemas`, `dependencies`: if a member is present, something else holds.

/** The names that a member requires; undefined for a schema. In draft 3, a single name was written without an array. */
function namesOf(needs: JsonValue): readonly string[] | undefined {
  if (typeof needs === "string") return [needs];
  return isNames(needs) ? needs : undefined;
}

/** Members with the same dependency are combined: either it holds, or all of them are absent. */
function demandAll(keyword: string, given: JsonObject, demands: Demands): void {
  const { goals, within } = demands;
  const groups = new Map<string, string[]>();
  for (const [name, needs] of given) {
    // What a schema evaluates only counts if its member is present, so each is a separate case.
    const key = within.length > 0 ? name : writeJson(needs);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [name]);
    else group.push(name);
  }
  for (const names of groups.values()) {
    const needed = namesOf(given.get(names[0])!);
    if (needed?.length === 0) continue;
    // Values other than objects pass, since they have no members.
    const without: Option = {
      literals: [],
      ...(names.length === 1 ? { forbids: names[0] } : {}),
      apply: (branch) => {
        for (const name of names) branch.forbid(goals, name);
      },
    };
    const having: Option =
      needed === undefined
        ? {
            literals: [{ literal: demands.child(keyword, names[0]), within }],
            types: OBJECT,
            apply: (branch) => {
              branch.limitTypes(OBJECT);
              if (within.length > 0) branch.require(names[0]);
            },
          }
        : {
            literals: [],
            types: OBJECT,
            apply: (branch) => {
              branch.limitTypes(OBJECT);
              for (const name of needed) branch.require(name);
            },
          };
    demands.choose([without, having]);
  }
}

const dependency = (name: string, more: Pick<Keyword, "since"> & Partial<Keyword>): Keyword =>
  keyword({
    name,
    vocabulary: "applicator",
    inPlace: true,
    combines: true,
    concerns: OBJECT,
    demand: (given, demands) => demandAll(name, given as JsonObject, demands),
    fail(given, failures) {
      for (const [member, needs] of given as JsonObject) {
        const needed = namesOf(needs);
        if (needed === undefined) {
          const literals = [failures.child(name, member, false)];
          failures.addFor(OBJECT, (branch) => branch.require(member), { literals });
        } else {
          for (const other of needed) {
            failures.addFor(
              OBJECT,
              (branch) => {
                branch.require(member);
                branch.forbid(failures.goals, other);
              },
              { forbids: other },
            );
          }
        }
      }
    },
    quickLook: () => true,
    ...more,
  });

export const dependencyKeywords: readonly Keyword[] = [
  dependency("dependencies", { since: "draft-04", holds: "mapOrNames" }),
  dependency("dependentSchemas", { since: "2019-09", holds: "map" }),
  dependency("dependentRequired", {
    since: "2019-09",
    vocabulary: "validation",
    fault(value) {
      if (!isJsonObject(value)) return "must be an object";
      return [...value.values()].every(isNames) ? undefined : "must hold arrays of strings";
    },
  }),
];
