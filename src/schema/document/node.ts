import { escapePointerStep, type JsonValue } from "../../json/index.js";
import type { Circle } from "./circles.js";
import type { Dialect } from "./dialect.js";
import type { KeywordDefinition, KeywordTable } from "./keyword.js";
import type { SchemaValue } from "./value.js";

/** A JSON text that came in as a whole: the caller's schema, one of `documents`, a metaschema. */
export interface LoadedDocument {
  /** The URI it was fetched by; empty for the caller's schema. */
  readonly uri: string;
  readonly root: SchemaNode;
  /** Whether base URIs or anchors may change inside. */
  readonly identifiers: boolean;
  /** Known to be well-formed: not checked again. */
  readonly trusted: boolean;
  /** Anchors and embedded resources have been looked for. */
  indexed: boolean;
}

/** A schema with a URI of its own and everything below it, up to schemas that have their own again. */
export class SchemaResource {
  readonly id: number;
  /** Absolute where the document says so; empty for a schema without `$id`. */
  readonly uri: string;
  readonly dialect: Dialect;
  /** The keywords that count here. */
  readonly keywords: KeywordTable;
  /** The resource around this one in the same document. */
  readonly outer: SchemaResource | undefined;
  /** Set as soon as the root's node exists. */
  root!: SchemaNode;
  document!: LoadedDocument;
  /** Plain names that `$ref` may use, dynamic ones among them. Filled by the index. */
  readonly anchors = new Map<string, SchemaNode>();
  readonly dynamicAnchors = new Map<string, SchemaNode>();
  /** Reference as written -> its target. */
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

  /** Whether a dynamic reference can end here: only such resources matter in a dynamic scope. */
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
  /** Dense, unique in the `SchemaDocument`. */
  readonly id: number;
  readonly value: SchemaValue;
  readonly resource: SchemaResource;
  /** Siblings of `$ref` do not count here: drafts up to 7. */
  readonly referenceOnly: boolean;
  /** Reached by a pointer through keywords that hold no subschemas. */
  readonly detached: boolean;
  /** Boolean subschemas, by the end of their pointer; objects are found by identity. */
  booleans: Map<string, SchemaNode> | undefined;
  /** Target of `$ref`, once it has been looked up. */
  target: SchemaNode | undefined;
  /** Known once the document has been checked. */
  circle: Circle | undefined;
  private asserted: readonly Assertion[] | undefined;
  private readonly parent: SchemaNode | undefined;
  /** What follows the parent's pointer: escaped steps for a detached node, else the keyword. */
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

  /** JSON pointer from the root of the document the node is in. */
  get pointer(): string {
    if (this.parent === undefined) return this.step;
    const pointer = `${this.parent.pointer}/${this.detached ? this.step : escapePointerStep(this.step)}`;
    return this.member === undefined ? pointer : `${pointer}/${escapePointerStep(this.member)}`;
  }

  /** The pointer; for a node of another document than the caller's, behind the URI of that document and `#`. */
  get location(): string {
    const { uri } = this.resource.document;
    return uri === "" ? this.pointer : `${uri}#${this.pointer}`;
  }

  /**
   * Value of the keyword `name` where it counts: the node's dialect knows it, no vocabulary leaves it out,
   * no `$ref` makes it void. Otherwise undefined.
   */
  keyword(name: string): JsonValue | undefined {
    const value = this.value;
    if (typeof value === "boolean") return undefined;
    const given = value.get(name);
    if (given === undefined || (this.referenceOnly && name !== "$ref")) return undefined;
    return this.resource.keywords.has(name) ? given : undefined;
  }

  /** The keywords that count here and restrict documents, in the order in which they are written. */
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
