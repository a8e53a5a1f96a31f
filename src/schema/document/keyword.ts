import type { JsonValue } from "../../json/index.js";
import type { Dialect } from "./dialect.js";
import type { SchemaNode } from "./node.js";

/** Where the value of a keyword has subschemas. */
export type Subschemas =
  /** Nowhere. */
  | "none"
  /** The value is a subschema. */
  | "one"
  /** The members of the value are subschemas. */
  | "map"
  /** The items of the value are subschemas. */
  | "list"
  /** The value is a subschema or a list of them: `items`. */
  | "oneOrList"
  /** The members are subschemas or lists of names: `dependencies`. */
  | "mapOrNames"
  /** The members may be subschemas, if references enter them: `$defs` before 2019-09. */
  | "looseMap";

export type KeywordVocabulary =
  | "core"
  | "applicator"
  | "unevaluated"
  | "validation"
  | "format"
  | "formatAssertion"
  | "content"
  | "annotation";

/** The facts about a keyword that are needed to read and check a document. */
export interface KeywordDefinition {
  readonly name: string;
  /** The draft that introduced it. It also applies in all later drafts, since newer schemas use older spellings. */
  readonly since: Dialect;
  readonly vocabulary: KeywordVocabulary;
  readonly holds: Subschemas;
  /** Whether its subschemas apply to the value itself, not to parts of it. */
  readonly inPlace?: boolean;
  /** Whether it may hold because its subschema fails, or fail because other keywords hold. */
  readonly denies?: boolean;
  /** Whether it restricts documents at a node, so that leaving it out would change which documents are valid. */
  asserts(node: SchemaNode): boolean;
  /** Whether it has alternatives or negations, which are explored before generation. */
  readonly combines: boolean;
  /** What is wrong with its value, as the end of a sentence; undefined if it is well-formed. */
  fault?(value: JsonValue): string | undefined;
  /** A warning about a well-formed value, as the end of a sentence. */
  note?(value: JsonValue): string | undefined;
  /** The regular expressions in its value. */
  patterns?(value: JsonValue): Iterable<string>;
  /** Whether its value refers to a schema. */
  readonly refers?: boolean;
}

/** The keywords that apply in a resource, by name. */
export type KeywordTable<K extends KeywordDefinition = KeywordDefinition> = ReadonlyMap<string, K>;

/** Whether `format` restricts documents, or only if a metaschema requires the format-assertion vocabulary. */
export type Formats = "assert" | "annotate";

/** All keywords. */
export interface KeywordSource {
  /** All keywords of `dialect`; `format` only if it restricts documents. */
  table(dialect: Dialect, formats: Formats): KeywordTable;
  /** The keywords of the vocabularies in `$vocabulary`, or the URI of one that is required and unknown. */
  customTable(
    dialect: Dialect,
    vocabulary: ReadonlyMap<string, JsonValue>,
    formats: Formats,
  ): { table: KeywordTable } | { unknown: string };
  /** The keyword, in any draft. */
  find(name: string): KeywordDefinition | undefined;
  /** Whether the keyword restricts documents in some draft. */
  restricts(name: string): boolean;
  /** The known keyword that `name` may be a misspelling of. */
  similar(name: string): string | undefined;
}
