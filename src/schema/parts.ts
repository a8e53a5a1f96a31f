import { SchemaError } from "../errors.js";
import { ALL_TYPES, ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "../grammar/index.js";
import { type ByteAutomaton, compileFormat, compilePattern, RegexError } from "../regex/index.js";
import type { Branch } from "./branch.js";
import type { SchemaNode } from "./document/index.js";
import type { Goals } from "./goals.js";

/** Keeps only the types in `types`. */
export function limitTypes(branch: Branch, types: number): void {
  branch.types &= types;
}

/** The property may not stand. */
export function forbid(goals: Goals, branch: Branch, name: string): void {
  branch.propertyGroups.push({
    names: new Map([[name, goals.never]]),
    patterns: [],
    additional: undefined,
    synthetic: true,
    within: [],
  });
}

/** Bits of the types named by `type`; integers count as numbers. */
export function typeBits(value: unknown): { types: number; onlyIntegers: boolean } {
  const names = Array.isArray(value) ? (value as string[]) : [value as string];
  let types = 0;
  for (const name of names) types |= TYPE_BITS[name] ?? 0;
  return { types, onlyIntegers: names.includes("integer") && !names.includes("number") };
}

const TYPE_BITS: Record<string, number> = {
  __proto__: null as unknown as number,
  null: NULL,
  boolean: TRUE | FALSE,
  number: NUMBER,
  integer: NUMBER,
  string: STRING,
  array: ARRAY,
  object: OBJECT,
  any: ALL_TYPES,
};

/** The language of a `pattern`. */
export function patternOf(goals: Goals, node: SchemaNode, keyword: string, source: string): ByteAutomaton {
  try {
    return compilePattern(source, { states: goals.options.regexStates });
  } catch (error) {
    throw regexRefusal(error, node.pointer, keyword, source);
  }
}

export function regexRefusal(error: unknown, pointer: string, keyword: string, source: string): unknown {
  if (!(error instanceof RegexError)) return error;
  const code =
    error.reason === "syntax"
      ? "invalid_schema"
      : error.reason === "too_large"
        ? "schema_too_large"
        : "unsupported_schema";
  return new SchemaError(
    code,
    `The regular expression ${JSON.stringify(source)} cannot be used: ${error.message}`,
    pointer,
    keyword,
    error,
  );
}

/** Throws what `checkDocument` may pass on to the caller: a `RegexError` where the pattern cannot be honoured. */
export function requirePattern(source: string, states: number): void {
  compilePattern(source, { states });
}

export function isKnownFormat(name: string): boolean {
  return compileFormat(name) !== undefined;
}

export function formatOf(name: string): ByteAutomaton | undefined {
  return compileFormat(name);
}
