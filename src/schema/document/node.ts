import { escapePointerStep, type JsonValue } from "../../json/index.js";
import type { Circle } from "./circles.js";
import type { Dialect } from "./dialect.js";
import type { KeywordDefinition, KeywordTable } from "./keyword.js";
import type { SchemaValue } from "./value.js";

/** A whole JSON text: the caller's schema, one of `documents`, or a metaschema. */
export interface LoadedDocument {
  /** Its URI; empty for the caller's schema. */
  readonly uri: string;
  readonly root: SchemaNode;
  /** Whether it may contain identifiers that change base URIs, or anchors. */
  readonly identifiers: boolean;
  /** Whether it is known to be well-formed and need not be checked. */
  readonly trusted: boolean;
  /** Whether its anchors and embedded resources have been indexed. */
  indexed: boolean;
}

/** A schema with its own URI, and everything below it except nested resources. */
export class SchemaResource {
  readonly id: number;
  /** The base URI; absolute if the document defines it so; empty for a schema without `$id`. */
  readonly uri: string;
  readonly dialect: Dialect;
  /** The keywords that apply here. */
  readonly keywords: KeywordTable;
  /** The enclosing resource in the same document. */
  readonly outer: SchemaResource | undefined;
  /** Set as soon as the root's node exists. */
  root!: SchemaNode;
  document!: LoadedDocument;
  /** Anchors that `$ref` may use, including dynamic ones. Filled by the index. */
  readonly anchors = new Map<string, SchemaNode>();
  readonly dynamicAnchors = new Map<string, SchemaNode>();
  /** Targets by reference as written. */
  readonly references = new Map<string, SchemaNode>();

  constructor(
    id: number,
    uri: string,
    dialect: Dialect,
    keywords: KeywordTable,
    outer: SchemaResource | undefined,
  ) {
    this.id = id;
    this.uri = uri;
    this.dialect = dialect;
    this.keywords = keywords;
    this.outer = outer;
  }

  /** `$recursiveAnchor: true` at the root. */
  get recursiveAnchor(): boolean {
    const value = this.root.value;
    return typeof value === "object" && value.get("$recursiveAnchor") === true;
  }

  /** Whether it can be the target of a dynamic reference: only such resources matter in a dynamic scope. */
  get dynamic(): boolean {
    return this.dynamicAnchors.size > 0 || this.recursiveAnchor;
  }
}

/** A keyword of a schema that restricts documents, and its value. */
export interface Assertion<K extends KeywordDefinition = KeywordDefinition> {
  readonly keyword: K;
  readonly given: JsonValue;
}

/** One subschema of a document. Equal nodes are the same object. */
export class SchemaNode {
  /** Number of the node, dense and unique in the `SchemaDocument`. */
  readonly id: number;
  readonly value: SchemaValue;
  readonly resource: SchemaResource;
  /** Whether siblings of `$ref` are ignored here: drafts up to 7. */
  readonly referenceOnly: boolean;
  /** Whether it was reached by a pointer through keywords without subschemas. */
  readonly detached: boolean;
  /** Boolean subschemas, by the end of their pointer; objects are found by identity. */
  booleans: Map<string, SchemaNode> | undefined;
  /** Target of `$ref`, after it has been looked up. */
  target: SchemaNode | undefined;
  /** Known after the document has been checked. */
  circle: Circle | undefined;
  private asserted: readonly Assertion[] | undefined;
  private readonly parent: SchemaNode | undefined;
  /** The rest of the pointer after the parent's: escaped steps for a detached node, else the keyword. */
  private readonly step: string;
  private readonly member: string | number | undefined;

  constructor(
    id: number,
    value: SchemaValue,
    resource: SchemaResource,
    referenceOnly: boolean,
    position: { parent?: SchemaNode; step: string; member?: string | number; detached?: boolean },
  ) {
    this.id = id;
    this.value = value;
    this.resource = resource;
    this.referenceOnly = referenceOnly;
    this.detached = position.detached ?? false;
    this.booleans = undefined;
    this.target = undefined;
    this.circle = undefined;
    this.parent = position.parent;
    this.step = position.step;
    this.member = position.member;
  }

  get dialect(): Dialect {
    return this.resource.dialect;
  }

  /** JSON pointer from the root of the node's document. */
  get pointer(): string {
    if (this.parent === undefined) return this.step;
    const pointer = `${this.parent.pointer}/${this.detached ? this.step : escapePointerStep(this.step)}`;
    return this.member === undefined ? pointer : `${pointer}/${escapePointerStep(this.member)}`;
  }

  /** The pointer; for nodes outside of the caller's document, after that document's URI and `#`. */
  get location(): string {
    const { uri } = this.resource.document;
    return uri === "" ? this.pointer : `${uri}#${this.pointer}`;
  }

  /**
   * Value of the keyword `name` if it applies: it is in the node's dialect and vocabularies, and no `$ref` overrides it.
   * Otherwise undefined.
   */
  keyword(name: string): JsonValue | undefined {
    const value = this.value;
    if (typeof value === "boolean") return undefined;
    const given = value.get(name);
    if (given === undefined || (this.referenceOnly && name !== "$ref")) return undefined;
    return this.resource.keywords.has(name) ? given : undefined;
  }

  /** The keywords that apply here and restrict documents, in the order in which they are written. */
  get assertions(): readonly Assertion[] {
    this.asserted ??= this.findAssertions();
    return this.asserted;
  }

  private findAssertions(): readonly Assertion[] {
    if (typeof this.value === "boolean") return [];
    const found: Assertion[] = [];
    for (const [name, given] of this.value) {
      if (this.referenceOnly && name !== "$ref") continue;
      const keyword = this.resource.keywords.get(name);
      if (keyword?.asserts(this)) found.push({ keyword, given });
    }
    return found;
  }
}
