import { SchemaError } from "../../errors.js";
import { STRING } from "../../grammar/index.js";
import {
  type BoundedLanguage,
  type ByteAutomaton,
  boundedPattern,
  compilePattern,
  complement,
  RegexError,
  type RegexLimits,
  type WorkCounter,
} from "../../regex/index.js";
import type { SchemaNode } from "../document/index.js";
import type { Branch, Option } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";

// Strings inside or outside of a language: shared by `pattern`, `format` and the keywords for contents.

/** The language of a regular expression for property names. */
export function namePattern(goals: Goals, node: SchemaNode, keyword: string, source: string): ByteAutomaton {
  let language = goals.namePatterns.get(source);
  if (language !== undefined) return language;
  try {
    language = compilePattern(source, goals.regexLimits);
  } catch (error) {
    throw patternRefusal(error, node.location, keyword, source);
  }
  goals.namePatterns.set(source, language);
  return language;
}

/** Converts the error of a regular expression to one of the schema. */
export function patternRefusal(error: unknown, pointer: string, keyword: string, source: string): unknown {
  if (!(error instanceof RegexError)) return error;
  const code = PATTERN_FAULTS[error.reason];
  const shown = source.length > 200 ? `${source.slice(0, 200)}...` : source;
  const message = `The regular expression ${JSON.stringify(shown)} cannot be used: ${error.message}`;
  return new SchemaError(code, message, pointer, keyword, error);
}

const PATTERN_FAULTS = {
  syntax: "invalid_schema",
  unsupported: "unsupported_schema",
  too_large: "schema_too_large",
} as const;

export function limitLanguage(branch: Branch, { automaton, minLength, maxLength }: BoundedLanguage): void {
  const { string } = branch;
  string.automata = [...string.automata, automaton];
  string.minLength = Math.max(string.minLength, minLength);
  string.maxLength = Math.min(string.maxLength, maxLength);
}

/** Strings that the automaton accepts. */
export function limitString(branch: Branch, automaton: ByteAutomaton): void {
  branch.limitTypes(STRING);
  branch.string.automata = [...branch.string.automata, automaton];
}

/** Separate ways: other characters, too short, too long. Combined, they would take many more states. */
export function languageFailures(
  { automaton, minLength, maxLength }: BoundedLanguage,
  fuel: WorkCounter,
): Option[] {
  const others = complement(automaton, fuel);
  const options: Option[] = [];
  const add = (apply: (branch: Branch) => void) => options.push({ literals: [], types: STRING, apply });
  if (!others.isEmpty) add((branch) => limitString(branch, others));
  if (minLength > 0) add((branch) => limitLength(branch, 0, minLength - 1));
  if (maxLength !== Number.POSITIVE_INFINITY)
    add((branch) => limitLength(branch, maxLength + 1, Number.POSITIVE_INFINITY));
  return options;
}

function limitLength(branch: Branch, least: number, most: number): void {
  branch.limitTypes(STRING);
  branch.string.minLength = Math.max(branch.string.minLength, least);
  branch.string.maxLength = Math.min(branch.string.maxLength, most);
}

/** Throws a `RegexError` if the regular expression of `keyword` cannot be enforced. */
export function requirePattern(keyword: string, source: string, limits: Partial<RegexLimits>): void {
  if (keyword === "pattern") boundedPattern(source, limits);
  else compilePattern(source, limits);
}
