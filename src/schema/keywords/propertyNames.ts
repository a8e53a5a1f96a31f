import { OBJECT } from "../../grammar/index.js";
import { nameClasses } from "../shapes/language.js";
import { keyword } from "./keyword.js";

export const propertyNames = keyword({
  name: "propertyNames",
  since: "draft-06",
  vocabulary: "applicator",
  holds: "one",
  combines: true,
  concerns: OBJECT,
  demand(_given, demands) {
    const { branch } = demands;
    branch.propertyNames = [...branch.propertyNames, demands.child("propertyNames")];
  },
  fail(_given, failures) {
    const { goals } = failures;
    const goal = goals.ofName([failures.child("propertyNames", undefined, false)]);
    for (const { automaton, isRegular, holds } of nameClasses(goals, goal)) {
      failures.addFor(OBJECT, (branch) =>
        branch.needSome({
          matches: holds,
          isRegular,
          inside: [automaton],
          outside: [],
          literal: goals.always,
        }),
      );
    }
  },
  quickLook: () => true,
});
