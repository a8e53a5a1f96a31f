import * as Browser from "@hyperjump/browser";
import { removeUriSchemePlugin } from "@hyperjump/browser";
import {
  hasSchema,
  registerSchema,
  setShouldValidateSchema,
  unregisterSchema,
} from "@hyperjump/json-schema/draft-2020-12";
import type { Dialect } from "../../constraint/index.js";
import "@hyperjump/json-schema/draft-2019-09";
import "@hyperjump/json-schema/draft-07";
import "@hyperjump/json-schema/draft-06";
import "@hyperjump/json-schema/draft-04";
import {
  addKeyword,
  BASIC,
  compile,
  getKeyword,
  getKeywordName,
  getSchema,
  interpret,
  Validation,
} from "@hyperjump/json-schema/experimental";
import { cons, type JsonNode } from "@hyperjump/json-schema/instance/experimental";
import {
  fromJavaScript,
  isJsonArray,
  isJsonObject,
  JsonNumber,
  type JsonValue,
  parseJson,
  pointerTo,
  toJavaScript,
} from "../../json/index.js";
import type { SchemaSource } from "../../types.js";
import { canonicalText } from "./canonical.js";
import { compareDecimals, type Decimal, decimalOf, isInteger, isMultipleOf } from "./decimal.js";
import { DIALECT_URIS, dialectOf } from "./dialects.js";
import { FORMAT_CHECKS } from "./formats.js";
import type { Judge, Verdict } from "./judge.js";
import { toRegExp } from "./patterns.js";
import { EXACT, readSchema, WHOLE_LITERAL, webUri } from "./readSchema.js";

/**
 * Validates with @hyperjump/json-schema, which follows the specifications where Ajv does not: dynamic references, `unevaluated*` keywords,
 * names such as `__proto__`. Its keywords for numbers are replaced by exact ones, and its keywords with patterns by ones that read
 * them like our Ajv. References detect schemas that are already being evaluated for the same value. Nothing is ever fetched.
 */

let schemas = 0;
let isSetUp = false;

/** Throws if the schema cannot be compiled. */
export async function exactJudge(source: SchemaSource, dialect: Dialect): Promise<Judge> {
  setUp();
  const uri = `https://schema.invalid/${++schemas}`;
  const registered: string[] = [];
  const register = (text: string, at: string) => {
    const schema = parseJson(text);
    const own = dialectOf(schema) ?? dialect;
    registerSchema(readSchema(schema, { dialect: own, exact: true }) as never, at, DIALECT_URIS[own]);
    registered.push(at);
  };
  try {
    for (const [given, text] of Object.entries(source.documents ?? {})) {
      const at = webUri(given);
      if (!hasSchema(at)) register(text, at);
    }
    register(source.schemaText, uri);
    const compiled = await compile(await getSchema(uri));
    return {
      check: (document) => verdictOf(interpret(compiled, nodeOf(document, "", undefined), BASIC) as Output),
      forget: () => {},
    };
  } finally {
    // Compiled schemas are self-contained, and the next schema may use the same URIs for something else.
    for (const one of registered) unregisterSchema(one);
  }
}

interface Output {
  valid: boolean;
  errors?: { keyword: string; instanceLocation: string }[];
}

function verdictOf({ valid, errors = [] }: Output): Verdict {
  if (valid) return { valid };
  // The deepest one is the most specific.
  let deepest = errors[0];
  for (const error of errors) {
    if (error.instanceLocation.length > deepest.instanceLocation.length) deepest = error;
  }
  if (deepest === undefined) return { valid: false, pointer: "", message: "is not valid" };
  const pointer = decodeURI(deepest.instanceLocation.replace(/^[^#]*#\*?/, ""));
  return { valid: false, pointer, message: `is not valid (${deepest.keyword.split("/").at(-1)})` };
}

/** A value of the document in the library's tree. */
interface ExactNode extends JsonNode {
  /** The number as written, next to the double that the library uses. */
  exact: JsonValue;
  /** References, including resolved dynamic ones, that are being evaluated for the value. */
  judging?: { reference: unknown; anchors: unknown }[];
}

function nodeOf(value: JsonValue, pointer: string, parent: JsonNode | undefined): JsonNode {
  const make = (type: JsonNode["type"], plain: unknown): ExactNode =>
    Object.assign(cons("", pointer, plain as never, type, [], parent), { exact: value });
  if (value === null) return make("null", null);
  if (value instanceof JsonNumber) return make("number", value.toNumber());
  if (isJsonArray(value)) {
    const node = make("array", toJavaScript(value));
    node.children = value.map((item, index) => nodeOf(item, pointerTo(pointer, index), node));
    return node;
  }
  if (isJsonObject(value)) {
    const node = make("object", toJavaScript(value));
    node.children = [...value].map(([name, member]) => propertyOf(name, member, pointer, node));
    return node;
  }
  return make(typeof value as "string" | "boolean", value);
}

function propertyOf(name: string, member: JsonValue, around: string, parent: JsonNode): JsonNode {
  const pointer = pointerTo(around, name);
  const property = cons("", pointer, undefined, "property", [], parent);
  const key = Object.assign(cons("", `*${pointer}`, name, "string", [], property), { exact: name });
  property.children = [key, nodeOf(member, pointer, property)];
  return property;
}

const exactOf = (node: JsonNode): JsonValue => (node as ExactNode).exact;
const numberOf = (node: JsonNode): Decimal | undefined => {
  const value = exactOf(node);
  return value instanceof JsonNumber ? decimalOf(value.text) : undefined;
};
const isWholeLiteral = (value: JsonValue): boolean =>
  value instanceof JsonNumber && /^-?\d+$/.test(value.text);
const keywordUri = (name: string): string => `https://json-schema.org/keyword/${name}`;
const valueOfKeyword = (schema: unknown): never => Browser.value(schema as never) as never;

function setUp(): void {
  if (isSetUp) return;
  isSetUp = true;
  for (const scheme of ["http", "https", "file"]) removeUriSchemePlugin(scheme);
  setShouldValidateSchema(false);
  addFormatKeywords();
  addNumberKeywords();
  addValueKeywords();
  addPatternKeywords();
  limitContains();
  boundReferences();
}

/**
 * A reference to a schema that is already being evaluated for the same value adds nothing, so it holds. The library would follow it
 * endlessly. Up to draft 7, references are read as `allOf` (`readSchema.ts`).
 */
function boundReferences(): void {
  for (const name of ["ref", "allOf", "draft-2020-12/dynamicRef"]) {
    const original = getKeyword<unknown>(keywordUri(name));
    addKeyword({
      ...original,
      interpret: (reference: unknown, instance: JsonNode, context: Context) => {
        const anchors = context.dynamicAnchors;
        const judging = ((instance as ExactNode).judging ??= []);
        if (judging.some((one) => one.reference === reference && one.anchors === anchors)) return true;
        judging.push({ reference, anchors });
        try {
          return original.interpret(reference as never, instance as never, context as never);
        } finally {
          judging.pop();
        }
      },
    } as never);
  }
}

/** Items matched by `contains` count as evaluated since draft 2020-12; in the library, in 2019-09, too. */
function limitContains(): void {
  const id = keywordUri("contains");
  const original = getKeyword<unknown>(id);
  addKeyword({
    ...original,
    compile: async (schema: { document: { dialectId: string } }, ...rest: never[]) => [
      schema.document.dialectId.startsWith(DIALECT_URIS["2019-09"]),
      await (original.compile as (...given: unknown[]) => unknown)(schema, ...rest),
    ],
    interpret: ([isOlder, contains]: [boolean, unknown], instance: JsonNode, context: Context) => {
      const own = isOlder ? { ...context, evaluatedItems: undefined } : context;
      return original.interpret(contains as never, instance as never, own as never);
    },
  } as never);
}

function addSimple(name: string, interpretation: (expected: never, instance: JsonNode) => boolean): void {
  addKeyword({
    id: keywordUri(name),
    compile: async (schema: unknown) => valueOfKeyword(schema),
    interpret: interpretation,
  } as never);
}

/** The library only supports the formats of each draft; schemas use any format in any draft. */
function addFormatKeywords(): void {
  const drafts = ["draft-04", "draft-06", "draft-07", "draft-2019-09", "draft-2020-12"];
  const names = drafts.flatMap((draft) => [`${draft}/format`, `${draft}/format-assertion`]);
  for (const name of names) {
    addSimple(name, (format: string, instance) => {
      const value = exactOf(instance);
      const check = Object.hasOwn(FORMAT_CHECKS, format) ? FORMAT_CHECKS[format] : undefined;
      return check === undefined || typeof value !== "string" || check(value);
    });
  }
}

function addNumberKeywords(): void {
  const compared = (name: string, holds: (order: number) => boolean) =>
    addSimple(name, (bound: string | number, instance) => {
      const value = numberOf(instance);
      return value === undefined || holds(compareDecimals(value, decimalOf(String(bound))));
    });
  compared("minimum", (order) => order >= 0);
  compared("maximum", (order) => order <= 0);
  compared("exclusiveMinimum", (order) => order > 0);
  compared("exclusiveMaximum", (order) => order < 0);
  addSimple("multipleOf", (divisor: string | number, instance) => {
    const value = numberOf(instance);
    return value === undefined || isMultipleOf(value, decimalOf(String(divisor)));
  });
  for (const [name, beside, sign] of [
    ["minimum", "exclusiveMinimum", 1],
    ["maximum", "exclusiveMaximum", -1],
  ] as const) {
    addKeyword({
      id: keywordUri(`draft-04/${name}`),
      compile: async (schema: unknown, _ast: unknown, parent: unknown) => {
        const exclusive = await Browser.step(beside, parent as never);
        return [valueOfKeyword(schema), valueOfKeyword(exclusive) === true];
      },
      interpret: ([bound, isExclusive]: [string | number, boolean], instance: JsonNode) => {
        const value = numberOf(instance);
        if (value === undefined) return true;
        const order = sign * compareDecimals(value, decimalOf(String(bound)));
        return isExclusive ? order > 0 : order >= 0;
      },
    } as never);
  }
}

function addValueKeywords(): void {
  addSimple("type", (types: string | readonly string[], instance) => {
    const value = numberOf(instance);
    const is = (type: string) => {
      if (type === "integer") return value !== undefined && isInteger(value);
      return type === WHOLE_LITERAL ? isWholeLiteral(exactOf(instance)) : instance.type === type;
    };
    return typeof types === "string" ? is(types) : types.some(is);
  });
  addSimple("enum", (values: readonly unknown[], instance) => {
    const text = canonicalText(exactOf(instance));
    return values.some((value) => textOf(value) === text);
  });
  addSimple("const", (value: unknown, instance) => canonicalText(exactOf(instance)) === textOf(value));
  addSimple("uniqueItems", (unique: boolean, instance) => {
    const value = exactOf(instance);
    if (!unique || !isJsonArray(value)) return true;
    return new Set(value.map(canonicalText)).size === value.length;
  });
}

/** The canonical text of a value in a schema read here, or in one of the library's. */
function textOf(value: unknown): string {
  if (typeof value === "string" && value.startsWith(EXACT)) return value.slice(EXACT.length);
  return canonicalText(fromJavaScript(value));
}

function addPatternKeywords(): void {
  addKeyword({
    id: keywordUri("pattern"),
    compile: async (schema: unknown) => toRegExp(valueOfKeyword(schema)),
    interpret: (pattern: RegExp, { value }: { value: unknown }) =>
      typeof value !== "string" || pattern.test(value),
  } as never);
  addKeyword({
    id: keywordUri("patternProperties"),
    simpleApplicator: true,
    compile: async (schema: unknown, ast: never) => {
      const patterns: [RegExp, string][] = [];
      for await (const [pattern, member] of Browser.entries(schema as never)) {
        patterns.push([toRegExp(pattern as string), await compileSubschema(member, ast)]);
      }
      return patterns;
    },
    interpret: (patterns: [RegExp, string][], instance: JsonNode, context: Context) =>
      applyToMembers(instance, context, (name) =>
        patterns.filter(([pattern]) => pattern.test(name)).map(([, schema]) => schema),
      ),
  } as never);
  addKeyword({
    id: keywordUri("additionalProperties"),
    simpleApplicator: true,
    compile: async (schema: { document: { dialectId: string } }, ast: never, parent: unknown) => {
      const beside = async (keyword: string): Promise<string[]> => {
        const name = getKeywordName(schema.document.dialectId, keywordUri(keyword));
        const value = valueOfKeyword(await Browser.step(name as string, parent as never)) as unknown;
        return typeof value === "object" && value !== null ? Object.keys(value) : [];
      };
      return [
        new Set(await beside("properties")),
        (await beside("patternProperties")).map(toRegExp),
        await compileSubschema(schema, ast),
      ];
    },
    interpret: (
      [names, patterns, others]: [Set<string>, RegExp[], string],
      instance: JsonNode,
      context: Context,
    ) =>
      applyToMembers(instance, context, (name) =>
        names.has(name) || patterns.some((pattern) => pattern.test(name)) ? [] : [others],
      ),
  } as never);
}

/** The library's type declarations require a third argument that its own keywords do not pass. */
const compileSubschema = (schema: unknown, ast: unknown): Promise<string> =>
  (Validation.compile as unknown as (schema: unknown, ast: unknown) => Promise<string>)(schema, ast);

interface Context {
  evaluatedItems?: Set<number> | undefined;
  evaluatedProperties?: Set<string>;
  dynamicAnchors?: unknown;
}

/** Whether each member of an object is valid by the schemas that `schemasOf` returns for it. */
function applyToMembers(
  instance: JsonNode,
  context: Context,
  schemasOf: (name: string) => readonly string[],
): boolean {
  if (instance.type !== "object") return true;
  let isValid = true;
  for (const { children } of instance.children) {
    const name = exactOf(children[0]) as string;
    for (const schema of schemasOf(name)) {
      if (!Validation.interpret(schema, children[1], context as never)) isValid = false;
      context.evaluatedProperties?.add(name);
    }
  }
  return isValid;
}
