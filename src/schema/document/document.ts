import { SchemaError } from "../../errors.js";
import {
  escapePointerStep,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  pointerSteps,
  pointerTo,
} from "../../json/index.js";
import type { JsonSchema } from "../../types.js";
import { noteAnchors } from "./anchors.js";
import { DIALECT_AGE, type Dialect, dialectOf } from "./dialect.js";
import { DynamicReferences } from "./dynamicReferences.js";
import { identifierOf, isReferenceOnly } from "./identifier.js";
import type { Formats, KeywordSource, KeywordTable } from "./keyword.js";
import { type DocumentLimits, type Measurements, measure, readDocument } from "./measure.js";
import { metaschema } from "./metaschemas/index.js";
import { type LoadedDocument, SchemaNode, SchemaResource } from "./node.js";
import { fragmentOf, resolveUri, withoutFragment } from "./uri.js";
import { isSchema, memberAt, type SchemaValue, valueAt } from "./value.js";

/** The keywords that refer to another subschema. */
export type ReferenceKeyword = "$ref" | "$dynamicRef" | "$recursiveRef";

export interface DocumentOptions {
  /** Dialect of a schema without `$schema`. */
  defaultDialect: Dialect;
  /** Documents that the schema refers to, by absolute URI. */
  documents?: Readonly<Record<string, JsonSchema | string>>;
  /** Default `assert`. */
  formats?: Formats;
  /** Limits of each document. */
  limits: DocumentLimits;
  keywords: KeywordSource;
}

/**
 * A schema as a graph of nodes: the subschemas, their dialects and the targets of their references, independent of the meaning of
 * keywords. Nodes are created on demand. Lossless: numbers and the order of members are as written.
 */
export class SchemaDocument {
  readonly root: SchemaNode;
  readonly keywords: KeywordSource;
  /** Whether a paradoxical cycle of references was found, in which a schema may hold only if it fails. */
  hasDenyingCircle = false;
  private readonly options: DocumentOptions;
  private readonly nodes = new Map<object, SchemaNode>();
  private readonly loaded = new Map<string, LoadedDocument>();
  private readonly resources = new Map<string, SchemaResource>();
  /** Identifiers written with the keyword of another draft: the last resort for references. */
  private readonly spelled = new Map<string, SchemaNode>();
  private readonly dynamicReferences = new DynamicReferences((node, keyword) => this.resolve(node, keyword));
  private nodeCount = 0;
  private resourceCount = 0;
  private dynamic = false;
  private combining = false;
  private crowding = false;

  /** `schema`: as JSON text, or as a JavaScript value. Throws `schema_too_large` past the limits, `invalid_schema` for what is not a schema, `unsupported_schema` for an unknown `$schema`. */
  constructor(schema: JsonSchema | string, options: DocumentOptions) {
    this.options = options;
    this.keywords = options.keywords;
    this.root = this.load("", schema, options.defaultDialect, false).root;
  }

  /** Whether any document loaded so far has `$dynamicRef` or `$recursiveRef`. Final after the document has been checked. */
  get usesDynamicReferences(): boolean {
    return this.dynamic;
  }

  /** Whether any document loaded so far has keywords with alternatives or negations. */
  get combines(): boolean {
    return this.combining;
  }

  /** Whether any document loaded so far has so many of these in one place that alternatives may multiply. */
  get isCrowded(): boolean {
    return this.crowding;
  }

  /** The subschema of `node` under `keyword`; `member` is the name or index for keywords with several. */
  child(node: SchemaNode, keyword: string, member?: string | number): SchemaNode {
    let value = (node.value as JsonObject).get(keyword);
    if (member !== undefined) value = memberAt(value, member);
    if (typeof value === "object" && value !== null) {
      const known = this.nodes.get(value);
      if (known !== undefined) return known;
    }
    return this.makeNode(value, node, keyword, member, false);
  }

  /** The target of the node's `$ref`. Throws `SchemaError` at the node, keyword `$ref`, if there is none. */
  reference(node: SchemaNode): SchemaNode {
    node.target ??= this.resolve(node, "$ref");
    return node.target;
  }

  /** `DynamicReferences.follow`. */
  dynamicReference(node: SchemaNode, scope: readonly SchemaResource[]): SchemaNode {
    return this.dynamicReferences.follow(node, scope);
  }

  /** `DynamicReferences.targets`. */
  dynamicTargets(node: SchemaNode): readonly SchemaNode[] {
    return this.dynamicReferences.targets(node, this.resources.values());
  }

  /** Where dynamic references may lead to, whatever has been entered before. */
  get everyDynamicTarget(): readonly SchemaNode[] {
    return this.dynamic ? this.dynamicReferences.everyTarget(this.resources.values()) : [];
  }

  private resolve(node: SchemaNode, keyword: ReferenceKeyword): SchemaNode {
    const reference = node.keyword(keyword);
    if (typeof reference !== "string") {
      throw new SchemaError("invalid_schema", `"${keyword}" must be a string.`, node.location, keyword);
    }
    return this.target(node.resource, keyword, reference, () => node.location);
  }

  /** The static target of `reference`, written in `resource`. `pointer` is for the error. */
  target(
    resource: SchemaResource,
    keyword: ReferenceKeyword,
    reference: string,
    pointer: () => string,
  ): SchemaNode {
    let target = resource.references.get(reference);
    if (target !== undefined) return target;
    const uri = resolveUri(resource.uri, reference);
    const goal = withoutFragment(reference) === "" ? resource : this.findResource(uri);
    target = goal === undefined ? undefined : this.locate(goal, reference);
    target ??= this.spelledAs(resource, reference);
    if (target === undefined) {
      throw unresolved(keyword, reference, goal === undefined ? uri : undefined, pointer());
    }
    resource.references.set(reference, target);
    return target;
  }

  /** The subschema of `resource` named by the fragment of `reference`. */
  private locate(resource: SchemaResource, reference: string): SchemaNode | undefined {
    const fragment = reference.includes("#") ? fragmentOf(reference) : "";
    if (fragment === undefined) return undefined;
    if (fragment === "") return resource.root;
    if (!fragment.startsWith("/")) {
      this.index(resource.document);
      const anchor = resource.anchors.get(fragment);
      if (anchor !== undefined || !fragment.includes("/")) return anchor;
    }
    // `#definitions/x` is not a legal anchor, so it can only be meant as a pointer.
    const steps = pointerSteps(fragment.startsWith("/") ? fragment : `/${fragment}`) ?? [];
    // Some generated schemas have an `$id` in every subschema, but pointers relative to the document's root.
    for (let from: SchemaResource | undefined = resource; from !== undefined; from = from.outer) {
      const target = this.follow(from.root, steps);
      if (target !== undefined) return target;
    }
    return undefined;
  }

  /** The node at `steps` below `from`, also through keywords without subschemas. */
  private follow(from: SchemaNode, steps: readonly string[]): SchemaNode | undefined {
    let node = from;
    let at = 0;
    while (at < steps.length) {
      const inner = typeof node.value === "boolean" ? undefined : node.value.get(steps[at]);
      if (inner === undefined) return undefined;
      const held = node.resource.keywords.get(steps[at])?.holds ?? "none";
      if (held === "one" || (held === "oneOrList" && !Array.isArray(inner))) {
        if (!isSchema(inner)) return undefined;
        node = this.child(node, steps[at]);
        at += 1;
        continue;
      }
      const target = valueAt(inner, steps, at + 1, Math.min(at + 2, steps.length));
      if (held === "none" || held === "looseMap" || at + 1 === steps.length || !isSchema(target)) {
        const value = valueAt(inner, steps, at + 1, steps.length);
        if (!isSchema(value)) return undefined;
        const rest = steps.slice(at).map(escapePointerStep).join("/");
        return this.nodes.get(value as object) ?? this.makeNode(value, node, rest, undefined, true);
      }
      node = this.child(node, steps[at], steps[at + 1]);
      at += 2;
    }
    return node;
  }

  private findResource(uri: string): SchemaResource | undefined {
    const known = this.resources.get(uri);
    if (known !== undefined) return known;
    this.index(this.root.resource.document);
    const embedded = this.resources.get(uri);
    if (embedded !== undefined) return embedded;
    const given = this.given(uri);
    if (given !== undefined) return this.load(uri, given, this.root.dialect, false).root.resource;
    const official = metaschema(uri);
    if (official !== undefined) return this.load(uri, official, this.root.dialect, true).root.resource;
    // The last resort: a schema embedded in one of the given documents.
    const { documents } = this.options;
    if (documents !== undefined) {
      for (const key of Object.keys(documents)) {
        this.index(this.loaded.get(key) ?? this.load(key, documents[key], this.root.dialect, false));
      }
    }
    return this.resources.get(uri);
  }

  private given(uri: string): JsonSchema | string | undefined {
    const { documents } = this.options;
    if (documents === undefined || uri === "") return undefined;
    if (Object.hasOwn(documents, uri)) return documents[uri];
    return Object.hasOwn(documents, `${uri}#`) ? documents[`${uri}#`] : undefined;
  }

  /** The schema whose identifier, written with the keyword of another draft, equals the reference. */
  private spelledAs(resource: SchemaResource, reference: string): SchemaNode | undefined {
    this.index(resource.document);
    return this.spelled.get(reference);
  }

  private load(
    uri: string,
    schema: JsonSchema | string | JsonValue,
    dialect: Dialect,
    trusted: boolean,
  ): LoadedDocument {
    const location = uri === "" ? "" : `${uri}#`;
    const { limits } = this.options;
    const value = readDocument(schema, limits, location);
    const found: Measurements = trusted
      ? { size: 0, identifiers: true, dynamic: DIALECT_AGE[dialect] >= 3, combines: true, crowded: false }
      : measure(value, limits, this.options.keywords, location);
    if (!isSchema(value)) {
      throw new SchemaError("invalid_schema", "A schema must be an object or a boolean.", location);
    }
    const { dialect: own, keywords } = this.dialectFor(value, dialect, location);
    const id = identifierOf(value, own);
    const base = id === undefined ? uri : resolveUri(uri, id);
    const resource = new SchemaResource(this.resourceCount++, base, own, keywords, undefined);
    const root = new SchemaNode(this.nodeCount++, value, resource, isReferenceOnly(value, own), { step: "" });
    resource.root = root;
    const document = { uri, root, identifiers: found.identifiers, trusted, indexed: false };
    resource.document = document;
    if (typeof value === "object") this.nodes.set(value, root);
    this.loaded.set(uri, document);
    if (!this.resources.has(uri)) this.resources.set(uri, resource);
    if (!this.resources.has(base)) this.resources.set(base, resource);
    if (found.combines) this.combining = true;
    if (found.crowded) this.crowding = true;
    if (found.dynamic) {
      this.dynamic = true;
      for (const other of this.loaded.values()) this.index(other);
    } else if (this.dynamic) this.index(document);
    return document;
  }

  /** Dialect and keywords by the `$schema` of a resource's root; without one, `inherited`. */
  private dialectFor(
    value: SchemaValue,
    inherited: Dialect,
    pointer: string,
    seen: readonly string[] = [],
  ): { dialect: Dialect; keywords: KeywordTable } {
    const { formats = "assert", keywords: source } = this.options;
    const named = typeof value === "object" ? value.get("$schema") : undefined;
    if (named === undefined) return { dialect: inherited, keywords: source.table(inherited, formats) };
    if (typeof named !== "string") {
      throw new SchemaError("invalid_schema", '"$schema" must be a string.', pointer, "$schema");
    }
    const known = dialectOf(named);
    if (known !== undefined) return { dialect: known, keywords: source.table(known, formats) };
    const uri = withoutFragment(named);
    const custom = this.metaschemaAt(uri);
    if (custom === undefined || seen.includes(uri)) {
      const message = `"$schema" names a metaschema that is not known here: ${named}. Name a draft from 4 to 2020-12, or hand the metaschema over in "documents".`;
      throw new SchemaError("unsupported_schema", message, pointer, "$schema");
    }
    const { dialect } = this.dialectFor(custom, inherited, pointer, [...seen, uri]);
    const vocabulary = custom.get("$vocabulary");
    if (!isJsonObject(vocabulary) || DIALECT_AGE[dialect] < DIALECT_AGE["2019-09"]) {
      return { dialect, keywords: source.table(dialect, formats) };
    }
    const outcome = source.customTable(dialect, vocabulary, formats);
    if ("unknown" in outcome) {
      const message = `The metaschema ${named} requires a vocabulary that is not known here: ${outcome.unknown}.`;
      throw new SchemaError("unsupported_schema", message, pointer, "$schema");
    }
    return { dialect, keywords: outcome.table };
  }

  /** A metaschema among the given documents. */
  private metaschemaAt(uri: string): JsonObject | undefined {
    const given = this.given(uri);
    const value = given === undefined ? undefined : readDocument(given, this.options.limits, `${uri}#`);
    return isJsonObject(value) ? value : undefined;
  }

  private makeNode(
    value: JsonValue | undefined,
    parent: SchemaNode,
    step: string,
    member: string | number | undefined,
    detached: boolean,
  ): SchemaNode {
    const position = { parent, step, member, detached };
    const key = member === undefined ? step : `${step}/${member}`;
    if (typeof value === "boolean") {
      const known = parent.booleans?.get(key);
      if (known !== undefined) return known;
      const node = new SchemaNode(this.nodeCount++, value, parent.resource, false, position);
      parent.booleans ??= new Map();
      parent.booleans.set(key, node);
      return node;
    }
    if (!isJsonObject(value)) {
      const keyword = pointerTo(parent.location, step);
      const pointer = member === undefined ? keyword : pointerTo(keyword, member);
      throw new SchemaError("invalid_schema", "A schema must be an object or a boolean.", pointer, step);
    }
    let { resource } = parent;
    if (resource.document.identifiers) {
      const own = this.resourceOf(value, parent);
      if (own !== undefined) resource = own;
    }
    const node = new SchemaNode(
      this.nodeCount++,
      value,
      resource,
      isReferenceOnly(value, resource.dialect),
      position,
    );
    if (resource !== parent.resource) {
      resource.root = node;
      resource.document = parent.resource.document;
      if (!this.resources.has(resource.uri)) this.resources.set(resource.uri, resource);
    }
    this.nodes.set(value, node);
    return node;
  }

  /** The resource that `value` opens with its `$id`, if any. */
  private resourceOf(value: JsonObject, parent: SchemaNode): SchemaResource | undefined {
    const outer = parent.resource;
    const schema = value.get("$schema");
    const named = typeof schema === "string" ? dialectOf(schema) : undefined;
    const id = identifierOf(value, named ?? outer.dialect);
    if (id === undefined) return undefined;
    const uri = resolveUri(outer.uri, id);
    if (uri === outer.uri) return undefined;
    const inherited = schema === undefined ? outer : this.dialectFor(value, outer.dialect, parent.location);
    return new SchemaResource(this.resourceCount++, uri, inherited.dialect, inherited.keywords, outer);
  }

  /** Creates all nodes of `document` and records its anchors and embedded resources. */
  private index(document: LoadedDocument): void {
    if (document.indexed) return;
    document.indexed = true;
    if (document.identifiers) this.indexNode(document.root);
  }

  private indexNode(node: SchemaNode): void {
    const { value } = node;
    if (typeof value === "boolean") return;
    noteAnchors(node, value, this.spelled);
    for (const [keyword, inner] of value) {
      const held = node.resource.keywords.get(keyword)?.holds ?? "none";
      if (held === "none") continue;
      if (isJsonArray(inner)) {
        for (let i = 0; i < inner.length; i++)
          if (isSchema(inner[i])) this.indexNode(this.child(node, keyword, i));
      } else if (held === "one" || held === "oneOrList") {
        if (isSchema(inner)) this.indexNode(this.child(node, keyword));
      } else if (isJsonObject(inner)) {
        for (const [member, schema] of inner) {
          if (!isSchema(schema)) continue;
          const step = `${keyword}/${escapePointerStep(member)}`;
          const isLoose = held === "looseMap" && typeof schema === "object" && !this.nodes.has(schema);
          this.indexNode(
            isLoose ? this.makeNode(schema, node, step, undefined, true) : this.child(node, keyword, member),
          );
        }
      }
    }
  }
}

function unresolved(
  keyword: string,
  reference: string,
  remote: string | undefined,
  pointer: string,
): SchemaError {
  if (remote === undefined) {
    return new SchemaError("invalid_schema", `"${reference}" points to nothing.`, pointer, keyword);
  }
  const message = `"${reference}" is in another document (${remote}). Remote documents are not downloaded: pass it in "documents".`;
  return new SchemaError("unsupported_schema", message, pointer, keyword);
}
