import { STRING } from "../../grammar/index.js";
import { contentName } from "../../regex/index.js";
import type { SchemaNode } from "../document/index.js";
import { formatFailures, limitFormat } from "./format.js";
import { type Keyword, keyword } from "./keyword.js";

/**
 * What the keywords for contents demand, as the name of a format. They restrict documents in draft 7 alone, which
 * leaves it open whether they do, and only where formats do.
 */
export function contentOf(node: SchemaNode): string | undefined {
  if (node.dialect !== "draft-07" || !node.resource.keywords.has("format")) return undefined;
  return contentName(node.keyword("contentEncoding"), node.keyword("contentMediaType"));
}

const content = (name: string): Keyword =>
  keyword({
    name,
    since: "draft-07",
    vocabulary: "content",
    concerns: STRING,
    asserts: (node) => contentOf(node) !== undefined,
    demand(_given, demands) {
      if (demands.once("content")) limitFormat(demands.goals, demands.branch, contentOf(demands.node)!);
    },
    fail(_given, failures) {
      if (name === "contentMediaType" && failures.node.keyword("contentEncoding") !== undefined) return;
      failures.ways.push(...formatFailures(failures, contentOf(failures.node)!));
    },
    quickLook: (node, look) => look.isOnlyLanguage(node),
  });

export const contentKeywords: readonly Keyword[] = [
  content("contentEncoding"),
  content("contentMediaType"),
  keyword({ name: "contentSchema", since: "2019-09", vocabulary: "content", holds: "one" }),
];
