import { ARRAY } from "../../grammar/index.js";
import { mustBeBoolean } from "./forms.js";
import { keyword } from "./keyword.js";

export const uniqueItems = keyword({
  name: "uniqueItems",
  since: "draft-04",
  concerns: ARRAY,
  asserts: (node) => node.keyword("uniqueItems") === true,
  fault: mustBeBoolean,
  demand(_given, { branch }) {
    branch.unique = true;
  },
  fail(_given, failures) {
    const { always, never } = failures.goals;
    failures.addFor(ARRAY, (branch) => {
      branch.contains = [
        ...branch.contains,
        {
          literal: always,
          opposite: never,
          min: 1,
          max: Number.POSITIVE_INFINITY,
          from: 1,
          within: [],
          repeats: true,
        },
      ];
    });
  },
  quickLook: () => true,
});
