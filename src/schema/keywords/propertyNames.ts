import { OBJECT } from "../../grammar/index.js";
import { languageOf } from "../shapes/language.js";
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
    const names = languageOf(goals, goals.ofName([failures.child("propertyNames", undefined, false)]));
    failures.addFor(OBJECT, (branch) =>
      branch.needSome({
        matches: (name) => names.matches(name),
        inside: [names],
        outside: [],
        literal: goals.always,
      }),
    );
  },
  quickLook: () => true,
});
