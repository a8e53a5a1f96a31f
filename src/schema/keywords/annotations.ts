import { type Keyword, keyword } from "./keyword.js";

// Keywords that describe values and do not restrict documents.

const annotation = (since: Keyword["since"]) => (name: string) =>
  keyword({ name, since, vocabulary: "annotation" });

export const annotations: readonly Keyword[] = [
  ...["title", "description", "default"].map(annotation("draft-04")),
  ...["examples"].map(annotation("draft-06")),
  ...["readOnly", "writeOnly", "$comment"].map(annotation("draft-07")),
  ...["deprecated"].map(annotation("2019-09")),
];
