import type { JsonValue } from "../../json/index.js";
import type { Dialect } from "./dialect.js";
import type { SchemaNode } from "./node.js";

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
  | "mapOrNames"
  /** A map of what may or may not be schemas, which only references enter: `$defs` before 2019-09. */
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

/** What a document has to know of a keyword to be read and checked. */
export interface KeywordDefinition {
  readonly name: string;
  /** The draft it counts from. It never stops counting: newer schemas mix older spellings in, and mean them. */
  readonly since: Dialect;
  readonly vocabulary: KeywordVocabulary;
  readonly holds: Subschemas;
  /** Its subschemas judge the value itself, not parts of it. */
  readonly inPlace?: boolean;
  /** Whether it may hold because a subschema of its own fails, or fail because what stands beside it holds. */
  readonly denies?: boolean;
  /** Whether it restricts documents, at a node: one that is left out would change what is valid. */
  asserts(node: SchemaNode): boolean;
  /** Whether it makes alternatives or negations: what it leads to is looked at before generation. */
  readonly combines: boolean;
  /** What is wrong with its value, as the end of a sentence; undefined where nothing is. */
  fault?(value: JsonValue): string | undefined;
  /** What is worth knowing of a value that is well-formed, as the end of a sentence. */
  note?(value: JsonValue): string | undefined;
  /** Regular expressions that it holds. */
  patterns?(value: JsonValue): Iterable<string>;
  /** The value refers to a schema. */
  readonly refers?: boolean;
}

/** The keywords that count in a resource, by name. */
export type KeywordTable<K extends KeywordDefinition = KeywordDefinition> = ReadonlyMap<string, K>;

/** Whether `format` restricts documents, or only where a metaschema asks for the vocabulary that says so. */
export type Formats = "assert" | "annotate";

/** All keywords there are. */
export interface KeywordSource {
  /** All keywords of `dialect`; `format` only where it restricts documents. */
  table(dialect: Dialect, formats: Formats): KeywordTable;
  /** The keywords of the vocabularies that `$vocabulary` names, or the URI of one that is required and unknown. */
  customTable(
    dialect: Dialect,
    vocabulary: ReadonlyMap<string, JsonValue>,
    formats: Formats,
  ): { table: KeywordTable } | { unknown: string };
  /** The keyword in whichever draft has it. */
  find(name: string): KeywordDefinition | undefined;
  /** Whether the keyword restricts documents in some draft. */
  restricts(name: string): boolean;
  /** The known keyword that `name` looks like a slip of. */
  similar(name: string): string | undefined;
}
