import { ARRAY, NUMBER, OBJECT, STRING } from "../grammar/index.js";
import { KEYWORDS, type Keyword } from "../schema/index.js";

/** What those who pass schemas on need to know of a keyword. */
export interface KeywordFacts {
  /** The keyword as schemas spell it. */
  readonly name: string;
  /** It can make a document invalid, in some draft. All others are annotations, or only hold schemas. */
  readonly restricts: boolean;
  /** The one type whose values it speaks of. */
  readonly type: "string" | "number" | "array" | "object" | undefined;
  /** How a remote engine that enforces it is sent it; undefined where it is checked on this side. */
  readonly remote: Keyword["remote"];
  /** Of two values of the keyword, the one that implies the other. */
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

/** By name; undefined for an unknown keyword. */
export function keywordFacts(name: string): KeywordFacts | undefined {
  return facts.get(name);
}
