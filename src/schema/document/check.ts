import { SchemaError } from "../../errors.js";
import { isJsonArray, isJsonObject, type JsonValue } from "../../json/index.js";
import { RegexError } from "../../regex/index.js";
import { findCircles } from "./circles.js";
import { DIALECT_AGE, dialectOf } from "./dialect.js";
import type { ReferenceKeyword, SchemaDocument } from "./document.js";
import type { KeywordDefinition } from "./keyword.js";
import { pointerOf } from "./measure.js";
import type { SchemaNode, SchemaResource } from "./node.js";
import { isSchema, type SchemaValue } from "./value.js";

export interface CheckOptions {
  /** Throws for a regular expression that is malformed or cannot be enforced. */
  checkPattern: (keyword: string, source: string) => void;
  /** Called with the number of subschemas checked; throws to stop the check. */
  watch?: (subschemas: number) => void;
}

export interface SchemaWarning {
  pointer: string;
  keyword: string;
  message: string;
}

const PATTERN_FAULTS = {
  syntax: "invalid_schema",
  unsupported: "unsupported_schema",
  too_large: "schema_too_large",
} as const;

/** Subschemas between two calls of `watch`. */
const SCHEMAS_PER_LOOK = 256;

/**
 * Checks all subschemas that are reachable through keywords of their dialects and through references. Throws `SchemaError` at the
 * first keyword with a malformed value, the first reference without a target, or the first regular expression that
 * `checkPattern` rejects. Returns warnings for the author.
 */
export function checkDocument(
  document: SchemaDocument,
  options: CheckOptions,
): { warnings: SchemaWarning[] } {
  const walk = new Walk(document, options);
  walk.run();
  return { warnings: walk.warnings };
}

class Walk {
  readonly warnings: SchemaWarning[] = [];
  private readonly document: SchemaDocument;
  private readonly options: CheckOptions;
  /** The current position: the first `depth` steps of `path` below `base`. */
  private readonly path: (string | number)[] = [];
  private depth = 0;
  /** The current keyword, and the depth of the schema that holds it. */
  private keyword = "";
  private holder = 0;
  private base = "";
  private isTrusted = false;
  private countdown = SCHEMAS_PER_LOOK;
  /** Remaining starting points: the root, then targets of references that no walk has reached. */
  private readonly pending: SchemaNode[] = [];
  /** By name of an unknown member: the keyword that may have been misspelt. */
  private readonly similar = new Map<string, string | undefined>();
  private readonly entered = new Set<SchemaNode>();
  /** Targets of references. */
  private readonly targets = new Set<SchemaNode>();

  constructor(document: SchemaDocument, options: CheckOptions) {
    this.document = document;
    this.options = options;
  }

  run(): void {
    this.enter(this.document.root);
    for (let node = this.pending.pop(); node !== undefined; node = this.pending.pop()) {
      this.base = node.location;
      this.isTrusted = node.resource.document.trusted;
      this.depth = 0;
      this.subschema(node.value, node.resource, node);
    }
    for (const target of this.document.everyDynamicTarget) this.targets.add(target);
    findCircles(this.document, this.targets);
  }

  private enter(node: SchemaNode): void {
    if (this.entered.has(node)) return;
    this.entered.add(node);
    this.pending.push(node);
  }

  /**
   * The subschema at the path. If nothing in the document changes the base URI, its resource is known and no node is created: this
   * walk is a large part of the cost of a large schema.
   */
  private subschema(value: SchemaValue, resource: SchemaResource, node: SchemaNode | undefined): void {
    if (typeof value === "boolean") return;
    if (--this.countdown <= 0) this.look();
    const { keywords } = resource;
    const voided =
      DIALECT_AGE[resource.dialect] < DIALECT_AGE["2019-09"] && typeof value.get("$ref") === "string";
    const holder = this.depth;
    for (const [name, given] of value) {
      this.holder = holder;
      this.keyword = name;
      this.path[this.depth++] = name;
      const keyword = keywords.get(name);
      if (keyword === undefined) this.unknown(name, given, resource);
      else if (voided && name !== "$ref" && keyword.vocabulary !== "core") {
        if (keyword.holds !== "none" || this.document.keywords.restricts(name))
          this.warn(`is ignored next to "$ref" in ${resource.dialect}`);
      } else {
        this.form(keyword, given, resource);
        if (keyword.holds !== "none") this.subschemas(keyword, given, resource, node);
        else if (name === "$schema" && this.depth > 1) this.nestedDialect(given, resource);
      }
      this.depth--;
    }
  }

  /** A member that is not a keyword here: an annotation, which its author may mistake for an assertion. */
  private unknown(name: string, given: JsonValue, resource: SchemaResource): void {
    const { keywords } = this.document;
    if (name === "format") this.warn("is an annotation here: it restricts nothing");
    else if (keywords.restricts(name)) this.warn(`is not a keyword of ${resource.dialect}: it has no effect`);
    else if (name === "nullable") {
      if (given === true)
        this.warn('is not a keyword of JSON Schema: null is allowed by "type": [..., "null"] only');
    } else {
      const similar = this.similarTo(name);
      if (similar !== undefined) this.warn(`is not a keyword and restricts nothing: is "${similar}" meant?`);
    }
  }

  private similarTo(name: string): string | undefined {
    let similar = this.similar.get(name);
    if (similar === undefined && !this.similar.has(name)) {
      const { keywords } = this.document;
      similar = keywords.find(name) === undefined ? keywords.similar(name) : undefined;
      this.similar.set(name, similar);
    }
    return similar;
  }

  private subschemas(
    keyword: KeywordDefinition,
    held: JsonValue,
    resource: SchemaResource,
    parent: SchemaNode | undefined,
  ): void {
    const { name, holds } = keyword;
    // Only entered by references.
    if (holds === "looseMap") return;
    if (holds === "one" || (holds === "oneOrList" && !isJsonArray(held))) {
      this.descend(held, name, undefined, resource, parent);
      return;
    }
    if (holds === "list" || holds === "oneOrList") {
      if (!isJsonArray(held)) throw this.invalid("must be an array of schemas");
      // Empty tuples are common in generated schemas and meaningful; an empty `allOf` is a mistake.
      if (held.length === 0 && holds === "list" && name !== "prefixItems")
        throw this.invalid("must hold at least one schema");
      for (let i = 0; i < held.length; i++) {
        this.path[this.depth++] = i;
        this.descend(held[i], name, i, resource, parent);
        this.depth--;
      }
      return;
    }
    if (!isJsonObject(held)) throw this.invalid("must be an object of schemas");
    for (const [member, value] of held) {
      if (holds === "mapOrNames" && isJsonArray(value)) {
        if (!value.every((needed) => typeof needed === "string"))
          throw this.invalid("must hold schemas or arrays of strings");
        continue;
      }
      this.path[this.depth++] = member;
      this.descend(value, name, member, resource, parent);
      this.depth--;
    }
  }

  private descend(
    value: JsonValue,
    keyword: string,
    member: string | number | undefined,
    resource: SchemaResource,
    parent: SchemaNode | undefined,
  ): void {
    if (!isSchema(value)) {
      this.holder = this.depth;
      throw this.invalid("must hold schemas: objects or booleans");
    }
    const { holder } = this;
    if (!resource.document.identifiers || parent === undefined) this.subschema(value, resource, undefined);
    else {
      const node = this.document.child(parent, keyword, member);
      this.subschema(value, node.resource, node);
    }
    this.holder = holder;
    this.keyword = keyword;
  }

  private form(keyword: KeywordDefinition, value: JsonValue, resource: SchemaResource): void {
    const fault = keyword.fault?.(value);
    if (fault !== undefined) throw this.invalid(fault);
    const note = keyword.note?.(value);
    if (note !== undefined) this.warn(note);
    if (keyword.patterns !== undefined && (keyword.holds === "none" || isJsonObject(value)))
      for (const source of keyword.patterns(value)) this.pattern(source);
    if (keyword.refers === true) this.reference(keyword.name as ReferenceKeyword, value as string, resource);
  }

  private reference(keyword: ReferenceKeyword, reference: string, resource: SchemaResource): void {
    const target = this.document.target(resource, keyword, reference, () => this.pointer());
    this.targets.add(target);
    const { document } = target.resource;
    // Within the caller's schema, the walk from the root reaches all other targets.
    if (document !== this.document.root.resource.document || target.detached) this.enter(target);
  }

  private pattern(source: string): void {
    try {
      this.options.checkPattern(this.keyword, source);
    } catch (thrown) {
      if (!(thrown instanceof RegexError)) throw thrown;
      const code = PATTERN_FAULTS[thrown.reason];
      const shown = source.length > 200 ? `${source.slice(0, 200)}...` : source;
      const verdict = thrown.reason === "syntax" ? "is not a valid pattern" : "cannot be enforced";
      const message = `"${shown}" ${verdict}. ${thrown.message}`;
      throw new SchemaError(code, message, this.pointer(), this.keyword, thrown);
    }
  }

  private nestedDialect(named: JsonValue, resource: SchemaResource): void {
    const known = typeof named === "string" ? dialectOf(named) : undefined;
    if (known !== resource.dialect) this.warn(`counts only at the root of a schema with an identifier`);
  }

  private look(): void {
    this.countdown = SCHEMAS_PER_LOOK;
    this.options.watch?.(SCHEMAS_PER_LOOK);
  }

  /** Pointer to the schema that contains the current keyword. */
  private pointer(): string {
    return pointerOf(this.base, this.path, this.holder);
  }

  private invalid(fault: string): SchemaError {
    return new SchemaError("invalid_schema", `"${this.keyword}" ${fault}.`, this.pointer(), this.keyword);
  }

  private warn(message: string): void {
    // Documents known to be well-formed are only searched for references.
    if (this.isTrusted) return;
    const { keyword } = this;
    this.warnings.push({ pointer: this.pointer(), keyword, message: `"${keyword}" ${message}.` });
  }
}
