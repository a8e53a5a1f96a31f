import { ARRAY, OBJECT } from "../../grammar/index.js";
import { Demands, demandKeywords } from "./demands.js";
import { type Keyword, keyword } from "./keyword.js";

// `unevaluatedProperties` and `unevaluatedItems` fail if the rest of the schema holds and a member or item that nothing has
// evaluated does not conform. What counts as evaluated is known when the branch is complete.

const unevaluatedProperties = keyword({
  name: "unevaluatedProperties",
  since: "2019-09",
  vocabulary: "unevaluated",
  holds: "one",
  combines: true,
  denies: true,
  concerns: OBJECT,
  track(_given, demands) {
    const id = demands.track("unevaluatedProperties");
    if (id === undefined) return;
    // What a nested keyword evaluates counts for the enclosing ones, not for itself.
    demands.branch.unevaluatedProperties.push({
      id,
      literal: demands.child("unevaluatedProperties"),
      within: demands.outside,
    });
  },
  fail(_given, failures) {
    const { goals, literal } = failures;
    if (goals.isAlways(failures.child("unevaluatedProperties", undefined, true))) return;
    failures.addFor(OBJECT, (branch) => {
      const id = goals.newTracker(true);
      branch.needSome({
        matches: () => true,
        inside: [],
        outside: [],
        literal: failures.child("unevaluatedProperties", undefined, false),
        unevaluatedBy: id,
      });
      demandKeywords(new Demands(goals, branch, literal, [id]));
    });
  },
  quickLook: () => true,
});

const unevaluatedItems = keyword({
  name: "unevaluatedItems",
  since: "2019-09",
  vocabulary: "unevaluated",
  holds: "one",
  combines: true,
  denies: true,
  concerns: ARRAY,
  track(_given, demands) {
    const id = demands.track("unevaluatedItems");
    if (id === undefined) return;
    demands.branch.unevaluatedItems.push({
      id,
      literal: demands.child("unevaluatedItems"),
      within: demands.outside,
    });
  },
  fail(_given, failures) {
    const { goals, literal } = failures;
    if (goals.isAlways(failures.child("unevaluatedItems", undefined, true))) return;
    failures.addFor(ARRAY, (branch) => {
      const id = goals.newTracker(true);
      branch.contains = [
        ...branch.contains,
        {
          literal: failures.child("unevaluatedItems", undefined, false),
          opposite: failures.child("unevaluatedItems", undefined, true),
          min: 1,
          max: Number.POSITIVE_INFINITY,
          from: 0,
          within: [],
          unevaluatedBy: id,
        },
      ];
      demandKeywords(new Demands(goals, branch, literal, [id]));
    });
  },
  quickLook: () => true,
});

export const unevaluatedKeywords: readonly Keyword[] = [unevaluatedProperties, unevaluatedItems];
