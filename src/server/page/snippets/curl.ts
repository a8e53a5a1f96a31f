import { membersOf } from "../request.js";
import { indented, KEY_VARIABLE, type Snippet } from "./snippet.js";

export const curl: Snippet = (request, { baseUrl, hasKey }) => {
  const members = membersOf(request).map(([name, json]) => `  ${JSON.stringify(name)}: ${indented(json, 2)}`);
  const body = `{\n${members.join(",\n")}\n}`;
  const lines = body.split("\n");
  let end = "JSON";
  while (lines.includes(end)) end += "_";
  const key = hasKey ? ` \\\n  -H "authorization: Bearer $${KEY_VARIABLE}"` : "";
  return `curl ${baseUrl}/generate${key} \\\n  -H "content-type: application/json" --data-binary @- <<'${end}'\n${body}\n${end}\n`;
};
