import type { Binary } from "../../grammar/index.js";
import { isJsonArray, type JsonValue } from "../../json/index.js";
import { spellingOf } from "../solver/spelling.js";
import { mustBeWritable } from "./forms.js";
import { type Keyword, keyword } from "./keyword.js";

// `enum` and `const`: the permitted values.

/** The canonical spellings of lists, which schemas of many branches ask for again and again. */
const spellings = new WeakMap<readonly JsonValue[], readonly Binary[]>();

function spellingsOf(values: readonly JsonValue[]): readonly Binary[] {
  let found = spellings.get(values);
  if (found === undefined) spellings.set(values, (found = values.map(spellingOf)));
  return found;
}

const list = (
  name: string,
  since: Keyword["since"],
  fault: Keyword["fault"],
  valuesOf: (given: JsonValue) => readonly JsonValue[],
): Keyword => {
  const spelled = (given: JsonValue) => spellingsOf(valuesOf(given));
  return keyword({
    name,
    since,
    fault,
    demand(given, demands) {
      demands.branch.isTyped = true;
      demands.hold(demands.goals.values(spelled(given), true));
    },
    fail: (given, failures) => failures.add([failures.goals.values(spelled(given), false)]),
    quickChoice: (node, types) => types === undefined && valuesOf(node.keyword(name)!).length > 0,
    outline: (given) => ({ values: spelled(given) }),
    remote: "whole",
  });
};

export const enumeration = list(
  "enum",
  "draft-04",
  (value) => (isJsonArray(value) ? mustBeWritable(value) : "must be an array"),
  (given) => given as readonly JsonValue[],
);

// Draft 4 has no `const`, but schemas of draft 4, including published ones, use it with this meaning.
export const constant = list("const", "draft-04", mustBeWritable, (given) => [given]);
