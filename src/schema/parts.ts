import { SchemaError } from "../errors.js";
import { ALL_TYPES, ARRAY, FALSE, NULL, NUMBER, OBJECT, STRING, TRUE } from "../grammar/index.js";
import {
  type BoundedLanguage,
  type ByteAutomaton,
  boundedFormat,
  boundedPattern,
  compilePattern,
  complement,
  contentName,
  type FormatCheck,
  formatCheck,
  formatNames,
  RegexError,
  type RegexLimits,
  type WorkCounter,
} from "../regex/index.js";
import type { Branch, Option } from "./branch.js";
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
    return compilePattern(source, goals.regexLimits);
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

/** Throws what `checkDocument` may pass on to the caller: a `RegexError` where the pattern of `keyword` cannot be honoured. */
export function requirePattern(keyword: string, source: string, limits: Partial<RegexLimits>): void {
  if (keyword === "pattern") boundedPattern(source, limits);
  else compilePattern(source, limits);
}

const knownFormats = new Set(formatNames());

export function isKnownFormat(name: string): boolean {
  return knownFormats.has(name);
}

/** Adds that strings are in (or, negated, out of) the language of a pattern. */
export function limitPattern(goals: Goals, branch: Branch, node: SchemaNode, source: string): void {
  try {
    limitLanguage(branch, boundedPattern(source, goals.regexLimits));
  } catch (error) {
    throw regexRefusal(error, node.pointer, "pattern", source);
  }
}

function limitLanguage(branch: Branch, { automaton, minLength, maxLength }: BoundedLanguage): void {
  const { string } = branch;
  string.automata = [...string.automata, automaton];
  string.minLength = Math.max(string.minLength, minLength);
  string.maxLength = Math.min(string.maxLength, maxLength);
}

/** The format of a node's `format` keyword, where it is one that is enforced. */
export function formatOf(node: SchemaNode): string | undefined {
  const name = node.keyword("format") as string | undefined;
  return name !== undefined && isKnownFormat(name) ? name : undefined;
}

/**
 * What the keywords for contents demand, as the name of a format. They restrict documents in draft 7 alone, which
 * leaves it open whether they do, and only where formats do.
 */
export function contentOfNode(node: SchemaNode): string | undefined {
  if (node.dialect !== "draft-07" || !node.resource.keywords.has("format")) return undefined;
  return contentName(node.keyword("contentEncoding"), node.keyword("contentMediaType"));
}

/** Adds that strings have a format; the ordinary part of a format that is not regular is told apart from the rest. */
export function limitFormat(goals: Goals, branch: Branch, name: string): void {
  const ordinary = boundedFormat(name, goals.options.plain ? "ordinary" : "whole");
  if (ordinary === undefined) return;
  const whole = formatCheck(name);
  if (whole === undefined || goals.options.plain) {
    limitLanguage(branch, ordinary);
    return;
  }
  branch.choices.push({
    options: [
      { literals: [], apply: (b) => limitLanguage(b, ordinary) },
      { literals: [], apply: (b) => limitToRest(b, name, whole, true) },
    ],
    negative: false,
  });
}

/** The ways to be a string without the format. */
export function formatFailures(name: string, fuel?: WorkCounter): Option[] {
  const whole = formatCheck(name);
  if (whole === undefined) {
    const language = boundedFormat(name, "whole");
    return language === undefined ? [] : languageFailures(language, fuel);
  }
  return [
    ...languageFailures(whole.candidates, fuel),
    { literals: [], apply: (b) => limitToRest(b, name, whole, false) },
  ];
}

/** The ways to be a string that does not match the pattern. */
export function patternFailures(goals: Goals, node: SchemaNode, source: string): Option[] {
  try {
    return languageFailures(boundedPattern(source, goals.regexLimits), goals.fuel);
  } catch (error) {
    throw regexRefusal(error, node.pointer, "pattern", source);
  }
}

/** To be of another kind, too short, or too long: apart, because together they would take many more states. */
function languageFailures(
  { automaton, minLength, maxLength }: BoundedLanguage,
  fuel?: WorkCounter,
): Option[] {
  const others = complement(automaton, fuel);
  const options: Option[] = [];
  if (!others.isEmpty) options.push({ literals: [], apply: (b) => limitString(b, others) });
  if (minLength > 0) options.push({ literals: [], apply: (b) => limitLength(b, 0, minLength - 1) });
  if (maxLength !== Number.POSITIVE_INFINITY)
    options.push({ literals: [], apply: (b) => limitLength(b, maxLength + 1, Number.POSITIVE_INFINITY) });
  return options;
}

function limitLength(branch: Branch, least: number, most: number): void {
  limitTypes(branch, STRING);
  branch.string.minLength = Math.max(branch.string.minLength, least);
  branch.string.maxLength = Math.min(branch.string.maxLength, most);
}

/** What the machine of the ordinary part does not accept. Lengths are left to the candidates, which have the same. */
function restOf(name: string): ByteAutomaton {
  return complement(boundedFormat(name, "whole")!.automaton);
}

/** Strings outside the ordinary part, decided one by one. */
function limitToRest(branch: Branch, name: string, whole: FormatCheck, has: boolean): void {
  limitString(branch, restOf(name));
  limitLanguage(branch, whole.candidates);
  branch.string.checks = [...branch.string.checks, (text) => whole.check(text) === has];
}

function limitString(branch: Branch, automaton: ByteAutomaton): void {
  limitTypes(branch, STRING);
  branch.string.automata = [...branch.string.automata, automaton];
}
