import { DIALECT_AGE, type Dialect } from "./dialect.js";

/** Where a keyword holds subschemas. */
export type Subschemas =
  /** Nowhere. */
  | "none"
  /** The value is one. */
  | "one"
  /** The members of the value are. */
  | "map"
  /** The elements of the value are. */
  | "list"
  /** One, or a list: `items`. */
  | "oneOrList"
  /** A map of subschemas and of lists of names: `dependencies`. */
  | "mapOrNames";

/** What the value of a keyword has to be. */
export type Form =
  | "subschemas"
  | "any"
  | "reference"
  | "pattern"
  | "format"
  | "boolean"
  | "number"
  | "positive"
  | "count"
  | "type"
  | "enum"
  | "names"
  | "nameLists"
  | "numberOrBoolean";

export interface Keyword {
  readonly name: string;
  readonly subschemas: Subschemas;
  readonly form: Form;
  /** Whether the keyword restricts documents: one that is left out would change what is valid. */
  readonly asserts: boolean;
  readonly vocabulary: KeywordVocabulary;
}

/** Whether `format` restricts documents, or only where a metaschema asks for the vocabulary that says so. */
export type Formats = "assert" | "annotate";

/** The keywords of a dialect, less those of vocabularies that its metaschema leaves out. */
export type KeywordTable = ReadonlyMap<string, Keyword>;

type KeywordVocabulary =
  | "core"
  | "applicator"
  | "unevaluated"
  | "validation"
  | "format"
  | "formatAssertion"
  | "content"
  | "annotation";

interface Entry extends Keyword {
  readonly since: number;
}

const entries: Entry[] = [];

function define(
  vocabulary: KeywordVocabulary,
  since: Dialect,
  form: Form,
  names: string,
  subschemas: Subschemas = "none",
): void {
  const asserts = vocabulary !== "core" && vocabulary !== "content" && vocabulary !== "annotation";
  for (const name of names.split(" ")) {
    entries.push({ name, vocabulary, since: DIALECT_AGE[since], form, subschemas, asserts });
  }
}

// Keywords count from their draft on. None ever stops counting: schemas of newer dialects mix older
// spellings in (`definitions`, `dependencies`, `additionalItems`, `$recursiveRef`), and mean them.
define("core", "draft-04", "any", "$schema");
define("core", "draft-04", "reference", "$ref");
define("core", "draft-04", "subschemas", "definitions $defs", "map");
define("core", "draft-06", "any", "$id");
define("core", "2019-09", "any", "$anchor $vocabulary $recursiveAnchor");
define("core", "2019-09", "reference", "$recursiveRef");
define("core", "2020-12", "any", "$dynamicAnchor");
define("core", "2020-12", "reference", "$dynamicRef");
define("applicator", "draft-04", "subschemas", "allOf anyOf oneOf", "list");
define("applicator", "draft-04", "subschemas", "not additionalItems additionalProperties", "one");
define("applicator", "draft-04", "subschemas", "properties patternProperties", "map");
define("applicator", "draft-04", "subschemas", "items", "oneOrList");
define("applicator", "draft-04", "subschemas", "dependencies", "mapOrNames");
define("applicator", "draft-06", "subschemas", "contains propertyNames", "one");
define("applicator", "draft-07", "subschemas", "if then else", "one");
define("applicator", "2019-09", "subschemas", "dependentSchemas", "map");
define("applicator", "2020-12", "subschemas", "prefixItems", "list");
define("unevaluated", "2019-09", "subschemas", "unevaluatedItems unevaluatedProperties", "one");
define("validation", "draft-04", "type", "type");
define("validation", "draft-04", "enum", "enum");
define("validation", "draft-06", "any", "const");
define("validation", "draft-04", "positive", "multipleOf");
define("validation", "draft-04", "number", "minimum maximum");
define("validation", "draft-04", "numberOrBoolean", "exclusiveMinimum exclusiveMaximum");
define(
  "validation",
  "draft-04",
  "count",
  "minLength maxLength minItems maxItems minProperties maxProperties",
);
define("validation", "2019-09", "count", "minContains maxContains");
define("validation", "draft-04", "boolean", "uniqueItems");
define("validation", "draft-04", "pattern", "pattern");
define("validation", "draft-04", "names", "required");
define("validation", "2019-09", "nameLists", "dependentRequired");
define("format", "draft-04", "format", "format");
define("content", "2019-09", "subschemas", "contentSchema", "one");
define("content", "draft-07", "any", "contentEncoding contentMediaType");
define("annotation", "draft-04", "any", "title description default");
define("annotation", "draft-06", "any", "examples");
define("annotation", "draft-07", "any", "readOnly writeOnly $comment");
define("annotation", "2019-09", "any", "deprecated");

const restricting = new Set(
  entries.filter((entry) => entry.asserts || entry.form === "reference").map((entry) => entry.name),
);

/** Whether `name` restricts documents in some draft, though perhaps not in the one at hand. */
export function restrictsInSomeDraft(name: string): boolean {
  return restricting.has(name);
}

// By vocabulary URI, both drafts that have vocabularies.
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

const tables = new Map<string, KeywordTable>();

/** All keywords of `dialect`; `format` only where it restricts documents. */
export function keywordTable(dialect: Dialect, formats: Formats): KeywordTable {
  return tableOf(dialect, undefined, formats, dialect);
}

/**
 * The keywords of `dialect` that the vocabularies of a custom metaschema bring in, or the URI of a
 * vocabulary that is required and unknown. `vocabulary` is the value of `$vocabulary`.
 */
export function customKeywordTable(
  dialect: Dialect,
  vocabulary: Readonly<Record<string, unknown>>,
  formats: Formats,
): { table: KeywordTable } | { unknown: string } {
  const named = new Set<KeywordVocabulary>(["core"]);
  for (const uri of Object.keys(vocabulary)) {
    const known = VOCABULARIES.get(uri);
    if (known !== undefined) for (const name of known) named.add(name);
    else if (vocabulary[uri] === true) return { unknown: uri };
  }
  return { table: tableOf(dialect, named, formats, `${dialect} ${[...named].sort().join(" ")}`) };
}

function tableOf(
  dialect: Dialect,
  vocabularies: ReadonlySet<KeywordVocabulary> | undefined,
  formats: Formats,
  name: string,
): KeywordTable {
  const key = `${name} ${formats}`;
  let table = tables.get(key);
  if (table === undefined) {
    const age = DIALECT_AGE[dialect];
    const assertsFormats = formats === "assert" || vocabularies?.has("formatAssertion") === true;
    const counts = ({ since, vocabulary }: Entry) =>
      since <= age && (vocabularies?.has(vocabulary) ?? true) && (vocabulary !== "format" || assertsFormats);
    table = new Map(entries.filter(counts).map((entry) => [entry.name, entry]));
    tables.set(key, table);
  }
  return table;
}
