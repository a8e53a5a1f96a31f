import type { JsonValue } from "../../json/index.js";
import type { KeywordTable, KeywordVocabulary } from "../document/index.js";
import { DIALECT_AGE, type Dialect, type Formats, type KeywordSource } from "../document/index.js";
import type { Keyword } from "./keyword.js";

// By vocabulary URI, for both drafts with vocabularies.
const VOCABULARIES = new Map<string, readonly KeywordVocabulary[]>();
for (const draft of ["2019-09", "2020-12"]) {
  const base = `https://json-schema.org/draft/${draft}/vocab/`;
  VOCABULARIES.set(`${base}core`, ["core"]);
  VOCABULARIES.set(`${base}applicator`, draft === "2019-09" ? ["applicator", "unevaluated"] : ["applicator"]);
  VOCABULARIES.set(`${base}unevaluated`, ["unevaluated"]);
  VOCABULARIES.set(`${base}validation`, ["validation"]);
  VOCABULARIES.set(`${base}meta-data`, ["annotation"]);
  VOCABULARIES.set(`${base}format`, ["format"]);
  VOCABULARIES.set(`${base}format-annotation`, ["format"]);
  VOCABULARIES.set(`${base}format-assertion`, ["format", "formatAssertion"]);
  VOCABULARIES.set(`${base}content`, ["content"]);
}

/** Minimum and maximum number of letters of names that may be misspelt keywords. */
const MIN_SKETCH = 5;
const MAX_NAME = 40;

/** The keywords that schemas may use, for all code that needs facts about keywords. */
export class KeywordRegistry implements KeywordSource {
  private readonly keywords: readonly Keyword[];
  private readonly byName = new Map<string, Keyword>();
  private readonly bySketch = new Map<string, string>();
  /** Sketches of the keywords that restrict documents, less short ones. */
  private readonly restricting: readonly string[];
  private readonly tables = new Map<string, KeywordTable<Keyword>>();

  /** Of two keywords with the same name, the older one applies in drafts before the newer one. */
  constructor(keywords: readonly Keyword[]) {
    this.keywords = keywords;
    for (const keyword of keywords) {
      this.byName.set(keyword.name, keyword);
      this.bySketch.set(sketch(keyword.name), keyword.name);
    }
    this.restricting = [...this.bySketch.keys()].filter(
      (drawn) => drawn.length >= MIN_SKETCH && this.restricts(this.bySketch.get(drawn)!),
    );
  }

  [Symbol.iterator](): Iterator<Keyword> {
    return this.byName.values();
  }

  find(name: string): Keyword | undefined {
    return this.byName.get(name);
  }

  restricts(name: string): boolean {
    const keyword = this.byName.get(name);
    return keyword !== undefined && keyword.vocabulary !== "annotation" && isDemanding(keyword);
  }

  similar(name: string): string | undefined {
    if (name.length > MAX_NAME) return undefined;
    const drawn = sketch(name);
    const same = this.bySketch.get(drawn);
    if (same !== undefined || drawn.length < MIN_SKETCH) return same;
    for (const other of this.restricting) if (isOneSlip(drawn, other)) return this.bySketch.get(other);
    return undefined;
  }

  table(dialect: Dialect, formats: Formats): KeywordTable<Keyword> {
    return this.tableOf(dialect, undefined, formats, dialect);
  }

  customTable(
    dialect: Dialect,
    vocabulary: ReadonlyMap<string, JsonValue>,
    formats: Formats,
  ): { table: KeywordTable<Keyword> } | { unknown: string } {
    const named = new Set<KeywordVocabulary>(["core"]);
    for (const [uri, isRequired] of vocabulary) {
      const known = VOCABULARIES.get(uri);
      if (known !== undefined) for (const name of known) named.add(name);
      else if (isRequired === true) return { unknown: uri };
    }
    return { table: this.tableOf(dialect, named, formats, `${dialect} ${[...named].sort().join(" ")}`) };
  }

  private tableOf(
    dialect: Dialect,
    vocabularies: ReadonlySet<KeywordVocabulary> | undefined,
    formats: Formats,
    name: string,
  ): KeywordTable<Keyword> {
    const key = `${name} ${formats}`;
    let table = this.tables.get(key);
    if (table === undefined) {
      const age = DIALECT_AGE[dialect];
      const assertsFormats = formats === "assert" || vocabularies?.has("formatAssertion") === true;
      const counting = this.keywords.filter(
        ({ since, vocabulary }) =>
          DIALECT_AGE[since] <= age &&
          (vocabularies?.has(vocabulary) ?? true) &&
          (vocabulary !== "format" || assertsFormats),
      );
      table = new Map(counting.map((keyword) => [keyword.name, keyword]));
      this.tables.set(key, table);
    }
    return table;
  }
}

function isDemanding(keyword: Keyword): boolean {
  const { demand, track, readBy } = keyword;
  return (
    keyword.vocabulary !== "content" && (demand !== undefined || track !== undefined || readBy !== undefined)
  );
}

/** A name without common variations: case, underscores, hyphens, plural. */
function sketch(name: string): string {
  return name
    .toLowerCase()
    .replace(/[-_\s]/g, "")
    .replace(/s$/, "");
}

/** Whether inserting, deleting or replacing one letter, or swapping two, turns `a` into `b`. */
function isOneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  let endA = a.length;
  let endB = b.length;
  while (endA > from && endB > from && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  if (endA - from <= 1 && endB - from <= 1) return true;
  return endA - from === 2 && endB - from === 2 && a[from] === b[from + 1] && a[from + 1] === b[from];
}
