import { keyword } from "./keyword.js";

export const not = keyword({
  name: "not",
  since: "draft-04",
  vocabulary: "applicator",
  holds: "one",
  inPlace: true,
  denies: true,
  combines: true,
  demand: (_given, demands) => demands.hold(demands.negated("not"), []),
  ruledOut: (literal, goals) => goals.child(literal, "not", undefined, true),
  fail: (_given, failures) => failures.add([failures.child("not", undefined, true)]),
});
