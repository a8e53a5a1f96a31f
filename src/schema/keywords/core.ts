import { mustBeString } from "./forms.js";
import { type Keyword, keyword } from "./keyword.js";

// What identifies schemas and holds definitions: none of it restricts documents.

const core = (name: string, since: Keyword["since"], more: Partial<Keyword> = {}) =>
  keyword({ name, since, vocabulary: "core", ...more });

export const coreKeywords: readonly Keyword[] = [
  core("$schema", "draft-04"),
  core("definitions", "draft-04", { holds: "map" }),
  // No keyword before 2019-09, but people write definitions there anyway, and references find them.
  core("$defs", "draft-04", { holds: "looseMap" }),
  core("$defs", "2019-09", { holds: "map" }),
  core("$id", "draft-06"),
  core("$anchor", "2019-09"),
  core("$vocabulary", "2019-09"),
  core("$recursiveAnchor", "2019-09"),
  core("$dynamicAnchor", "2020-12", { fault: mustBeString }),
];
