import type { JsonArray } from "../../json/index.js";
import { keyword } from "./keyword.js";

export const allOf = keyword({
  name: "allOf",
  since: "draft-04",
  vocabulary: "applicator",
  holds: "list",
  inPlace: true,
  demand(given, demands) {
    for (let i = 0; i < (given as JsonArray).length; i++) demands.hold(demands.child("allOf", i));
  },
  fail(given, failures) {
    for (let i = 0; i < (given as JsonArray).length; i++) failures.add([failures.child("allOf", i, false)]);
  },
  leadsTo: (literal, goals) =>
    (literal.node.keyword("allOf") as JsonArray).map((_, i) => goals.child(literal, "allOf", i, true)),
});
