import { keywordFacts } from "../../../constraint/index.js";
import { pointerTo } from "../../../json/index.js";
import type { JsonSchema } from "../../../types.js";
import type { SchemaCapabilities } from "./capabilities.js";
import { unmarked } from "./lossless.js";
import { merge } from "./merge.js";
import { anchoredPattern } from "./pattern.js";
import { References } from "./references.js";
import { isSchemaObject, type SchemaObject } from "./schemaObject.js";

/** A keyword that is not sent to the server, or not unchanged, so that Formwork checks it. */
export interface Relaxation {
  /** JSON pointer to its schema. */
  pointer: string;
  keyword: string;
}

export interface RelaxedSchema {
  schema: SchemaObject;
  relaxed: readonly Relaxation[];
}

/** Maximum number of alternatives when multiplying out. */
const MAX_ALTERNATIVES = 16;

/** Maximum number of schemas visited or merged, since merging recursive schemas would continue to the maximum depth. */
const MAX_VISITS = 5_000;

/**
 * The closest schema to `schema` that a server with `capabilities` enforces completely. `allOf` is merged, `oneOf` becomes `anyOf`,
 * siblings of alternatives and references move into them, references are collected under `$defs`; the rest is dropped and listed. For an
 * unspecific schema (without `type`, or not mentioning further properties), the result may be narrower: documents remain valid, and
 * the model digresses less. `isOpen`: properties that are not mentioned remain possible.
 */
export function relaxSchema(
  schema: JsonSchema,
  capabilities: SchemaCapabilities,
  isOpen = false,
): RelaxedSchema {
  return new Relaxer(schema, capabilities, isOpen).run();
}

class Relaxer {
  private readonly root: JsonSchema;
  private readonly capabilities: SchemaCapabilities;
  private readonly isOpen: boolean;
  private readonly references: References;
  private readonly relaxed = new Map<string, Relaxation>();
  /** Names under `$defs` of the reference targets so far. */
  private readonly names = new Map<JsonSchema, string>();
  private readonly definitions: Record<string, SchemaObject> = {};
  private visits = 0;

  constructor(root: JsonSchema, capabilities: SchemaCapabilities, isOpen: boolean) {
    this.root = root;
    this.capabilities = capabilities;
    this.isOpen = isOpen;
    this.references = new References(root);
  }

  run(): RelaxedSchema {
    const schema = this.visit(this.root, "", 0);
    if (Object.keys(this.definitions).length > 0) schema.$defs = this.definitions;
    return { schema, relaxed: [...this.relaxed.values()] };
  }

  private drop(pointer: string, keyword: string): void {
    if (!restricts(keyword)) return;
    this.relaxed.set(`${pointer} ${keyword}`, { pointer, keyword });
  }

  private visit(schema: unknown, pointer: string, depth: number): SchemaObject {
    if (!isSchemaObject(schema)) {
      if (schema === false) this.relaxed.set(pointer, { pointer, keyword: "false" });
      return {};
    }
    if (depth > this.capabilities.depth || this.visits++ > MAX_VISITS) {
      for (const keyword of Object.keys(schema)) this.drop(pointer, keyword);
      return {};
    }
    const flat = this.flatten(schema, pointer, new Set(), new Set());
    const branches = this.branchesOf(flat, pointer);
    if (branches !== undefined) return this.visitBranches(flat, branches, pointer, depth);
    if (typeof flat.$ref === "string") return this.visitReference(flat, pointer, depth);
    return this.visitOwn(flat, pointer, depth);
  }

  /**
   * `schema` with `allOf`, and references with siblings, replaced by merging their targets. `taken`: the targets merged so far,
   * each once, since a second time adds nothing.
   */
  private flatten(
    schema: SchemaObject,
    pointer: string,
    within: Set<unknown>,
    taken: Set<unknown>,
  ): SchemaObject {
    const { allOf, ...own } = schema;
    let flat: SchemaObject = own;
    const parts: [part: unknown, pointer: string][] = Array.isArray(allOf)
      ? allOf.map((part, index) => [part, `${pointer}/allOf/${index}`])
      : [];
    const siblings = Object.keys(own).some((keyword) => keyword !== "$ref" && restricts(keyword));
    if (typeof own.$ref === "string" && (siblings || parts.length > 1)) {
      const { $ref: _, ...rest } = own;
      flat = rest;
      parts.unshift([{ $ref: own.$ref }, pointer]);
    }
    for (const [part, partPointer] of parts) {
      let target: unknown = part;
      while (isSchemaObject(target) && typeof target.$ref === "string" && !within.has(target)) {
        within.add(target);
        const { $ref, ...rest } = target;
        const found = this.references.resolve($ref);
        if (found === undefined) break;
        target = Object.keys(rest).length === 0 ? found : { ...rest, allOf: [found] };
      }
      if (target === true) continue;
      if (!isSchemaObject(target) || within.has(target) || this.visits++ > MAX_VISITS) {
        this.drop(partPointer, "allOf");
        continue;
      }
      if (taken.has(target)) continue;
      taken.add(target);
      const inner = this.flatten(target, partPointer, new Set(within).add(target), taken);
      if (typeof inner.$ref === "string") this.drop(partPointer, "$ref");
      const merged = merge(flat, inner);
      flat = merged.schema;
      for (const keyword of merged.lost) this.drop(partPointer, keyword);
    }
    return flat;
  }

  private branchesOf(flat: SchemaObject, pointer: string): readonly unknown[] | undefined {
    if (Array.isArray(flat.anyOf)) return flat.anyOf;
    if (Array.isArray(flat.oneOf)) {
      // Whether exactly one holds is only checked at the end.
      this.drop(pointer, "oneOf");
      return flat.oneOf;
    }
    return undefined;
  }

  private visitBranches(
    flat: SchemaObject,
    branches: readonly unknown[],
    pointer: string,
    depth: number,
  ): SchemaObject {
    const keyword = Array.isArray(flat.anyOf) ? "anyOf" : "oneOf";
    const { [keyword]: _, ...base } = flat;
    const asserts = Object.keys(base).some((key) => restricts(key));
    if (asserts && branches.length > MAX_ALTERNATIVES) {
      this.drop(pointer, keyword);
      return this.visit(base, pointer, depth);
    }
    const anyOf = branches
      .map((branch, index) => [branch, `${pointer}/${keyword}/${index}`] as const)
      .filter(([branch]) => branch !== false)
      .map(([branch, branchPointer]) =>
        asserts
          ? this.visit(
              { ...base, allOf: [...((base.allOf as unknown[]) ?? []), branch] },
              branchPointer,
              depth + 1,
            )
          : this.visit(branch, branchPointer, depth + 1),
      );
    const kept = uniqueSchemas(anyOf.filter((branch) => !isImpossible(branch)));
    if (kept.length === 0) this.drop(pointer, keyword);
    if (kept.length === 0) return {};
    return kept.length === 1 ? kept[0] : { anyOf: kept };
  }

  private visitReference(flat: SchemaObject, pointer: string, depth: number): SchemaObject {
    for (const keyword of Object.keys(flat)) {
      if (keyword !== "$ref") this.drop(pointer, keyword);
    }
    const target = this.references.resolve(flat.$ref as string);
    if (target === undefined) {
      this.drop(pointer, "$ref");
      return {};
    }
    let name = this.names.get(target);
    if (name === undefined) {
      name = `d${this.names.size}`;
      this.names.set(target, name);
      this.definitions[name] = this.visit(target, (flat.$ref as string).replace(/^#/, ""), depth + 1);
    }
    return { $ref: `#/$defs/${name}` };
  }

  private visitOwn(flat: SchemaObject, pointer: string, depth: number): SchemaObject {
    const { capabilities } = this;
    const own: SchemaObject = {};
    const keepsFormat = capabilities.formats.has(String(flat.format)) && flat.pattern === undefined;
    const keepsLength = capabilities.lengthWithFormat || !keepsFormat;
    let exact = true;
    const drop = (keyword: string) => {
      this.drop(pointer, keyword);
      exact = false;
    };
    for (const [keyword, value] of Object.entries(flat)) {
      if (!restricts(keyword) || !concerns(keyword, flat.type)) continue;
      const remote = capabilities.withoutKeywords.has(keyword) ? undefined : keywordFacts(keyword)?.remote;
      const isWithin = (most: number) => typeof value === "number" && value <= most;
      if (remote === "whole") own[keyword] = value;
      else if (remote === "format" && keepsFormat) own[keyword] = value;
      else if (remote === "length" && keepsLength && isWithin(capabilities.longestString))
        own[keyword] = value;
      else if (remote === "count" && isWithin(capabilities.longestArray)) own[keyword] = value;
      else if (remote === "pattern" && flat.minLength === undefined && flat.maxLength === undefined) {
        const pattern = anchoredPattern(String(value));
        if (pattern === undefined) drop(keyword);
        else own[keyword] = pattern;
      } else drop(keyword);
    }
    if (own.type === undefined && own.enum === undefined && own.const === undefined) {
      const type = Object.keys(flat)
        .map((keyword) => keywordFacts(keyword)?.type)
        .find((one) => one !== undefined);
      if (type !== undefined) own.type = type;
    }
    if (includesType(own.type, "object")) this.visitObject(own, flat, exact, pointer, depth);
    if (includesType(own.type, "array")) this.visitArray(own, flat, pointer, depth);
    return own;
  }

  private visitObject(
    own: SchemaObject,
    flat: SchemaObject,
    exact: boolean,
    pointer: string,
    depth: number,
  ): void {
    const rest = own.additionalProperties;
    const patterns = this.patternValues(flat, pointer, depth);
    const properties: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(isSchemaObject(own.properties) ? own.properties : {})) {
      const inner = this.visit(value, pointerTo(`${pointer}/properties`, unmarked(key)), depth + 1);
      if (value !== false && !isImpossible(inner)) properties[key] = inner;
    }
    // Servers only enforce `required` for declared keys.
    for (const key of Array.isArray(own.required) ? (own.required as string[]) : []) {
      if (!Object.hasOwn(properties, key) && rest !== false) {
        properties[key] = this.visit(rest ?? true, `${pointer}/additionalProperties`, depth + 1);
      }
    }
    if (Object.keys(properties).length > 0) own.properties = properties;
    else delete own.properties;
    if (patterns.length > 0) {
      // For a server without support for patterns, keys by pattern are undeclared keys.
      const others =
        rest === undefined || rest === false
          ? []
          : [this.visit(rest, `${pointer}/additionalProperties`, depth + 1)];
      const values = uniqueSchemas([...patterns, ...others]);
      own.additionalProperties = values.length === 1 ? values[0] : { anyOf: values };
    } else if (isSchemaObject(rest)) {
      own.additionalProperties = this.visit(rest, `${pointer}/additionalProperties`, depth + 1);
    } else if (rest === undefined && own.properties !== undefined && exact && !this.isOpen) {
      own.additionalProperties = false;
    }
  }

  /** The values permitted by `patternProperties`, for a server that does not support it. */
  private patternValues(flat: SchemaObject, pointer: string, depth: number): SchemaObject[] {
    const patterns = isSchemaObject(flat.patternProperties) ? Object.entries(flat.patternProperties) : [];
    return patterns
      .filter(([, value]) => value !== false)
      .map(([key, value]) =>
        this.visit(value, pointerTo(`${pointer}/patternProperties`, unmarked(key)), depth + 1),
      )
      .filter((value) => !isImpossible(value));
  }

  private visitArray(own: SchemaObject, flat: SchemaObject, pointer: string, depth: number): void {
    // Before 2020-12, a list of `items` had the meaning of today's `prefixItems`, and `additionalItems` that of `items`.
    const older = Array.isArray(flat.items);
    const prefix = older ? flat.items : own.prefixItems;
    const rest = older ? flat.additionalItems : own.items;
    const prefixName = older ? "items" : "prefixItems";
    const restName = older ? "additionalItems" : "items";
    if (older) this.relaxed.delete(`${pointer} additionalItems`);
    if (Array.isArray(prefix)) {
      own.prefixItems = prefix.map((item, index) =>
        this.visit(item, `${pointer}/${prefixName}/${index}`, depth + 1),
      );
    }
    if (rest === false) own.items = false;
    else if (isSchemaObject(rest)) own.items = this.visit(rest, `${pointer}/${restName}`, depth + 1);
    // With bounds on the length only, XGrammar assumes a list without items, and fails.
    else if (!Array.isArray(prefix) || Number(own.minItems) > prefix.length) own.items = {};
    else delete own.items;
  }
}

function uniqueSchemas(schemas: readonly SchemaObject[]): SchemaObject[] {
  const seen = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]));
  return [...seen.values()];
}

function restricts(keyword: string): boolean {
  return keywordFacts(keyword)?.restricts === true;
}

/** Whether `keyword` restricts values of `type`. */
function concerns(keyword: string, type: unknown): boolean {
  const own = keywordFacts(keyword)?.type;
  if (own === undefined || type === undefined) return true;
  return includesType(type, own) || (own === "number" && includesType(type, "integer"));
}

/** Two parts contradict each other, so no value is valid. */
function isImpossible({ type, enum: values }: SchemaObject): boolean {
  return (Array.isArray(type) && type.length === 0) || (Array.isArray(values) && values.length === 0);
}

function includesType(type: unknown, name: string): boolean {
  return type === name || (Array.isArray(type) && type.includes(name));
}
