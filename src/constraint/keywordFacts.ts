import { ARRAY, NUMBER, OBJECT, STRING } from "../grammar/index.js";
import { KEYWORDS, type Keyword } from "../schema/index.js";

/** Facts about a keyword, for code that forwards schemas. */
export interface KeywordFacts {
  /** The keyword's name in schemas. */
  readonly name: string;
  /** Whether it can make a document invalid, in some draft. The others are annotations, or only contain schemas. */
  readonly restricts: boolean;
  /** The type of the values that it restricts. */
  readonly type: "string" | "number" | "array" | "object" | undefined;
  /** The form in which it is sent to a remote engine that enforces it; undefined if Formwork checks it. */
  readonly remote: Keyword["remote"];
  /** The stricter of two values of the keyword. */
  readonly stricter: Keyword["stricter"];
}

const TYPES = new Map<number, KeywordFacts["type"]>([
  [STRING, "string"],
  [NUMBER, "number"],
  [ARRAY, "array"],
  [OBJECT, "object"],
]);

const facts: ReadonlyMap<string, KeywordFacts> = new Map(
  [...KEYWORDS].map(({ name, concerns, remote, stricter }) => [
    name,
    { name, restricts: KEYWORDS.restricts(name), type: TYPES.get(concerns), remote, stricter },
  ]),
);

/** The facts by name; undefined for an unknown keyword. */
export function keywordFacts(name: string): KeywordFacts | undefined {
  return facts.get(name);
}
