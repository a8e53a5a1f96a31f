import { keyword } from "./keyword.js";

export const not = keyword({
  name: "not",
  since: "draft-04",
  vocabulary: "applicator",
  holds: "one",
  combines: true,
  demand: (_given, demands) => demands.hold(demands.negated("not"), []),
  fail: (_given, failures) => failures.add([failures.child("not", undefined, true)]),
});
