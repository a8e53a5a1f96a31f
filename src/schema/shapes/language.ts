import type { Goal, StringLexeme } from "../../grammar/index.js";
import { STRING } from "../../grammar/index.js";
import {
  type ByteAutomaton,
  complement,
  intersect,
  lengthBetween,
  literals,
  union,
  universal,
} from "../../regex/index.js";
import type { StringParts } from "../solver/branch.js";
import type { Goals } from "../solver/goals.js";
import { lexemeHolds } from "./scalars.js";

/** Whether a string satisfies a goal. */
export function holdsName(goal: Goal, name: string): boolean {
  return goal.alternatives.some((shape) => (shape.types & STRING) !== 0 && lexemeHolds(shape.string, name));
}

/** Whether an automaton describes exactly the strings that satisfy a goal; it cannot for formats that are not regular. */
export function isRegular(goal: Goal): boolean {
  return goal.alternatives.every(
    (shape) => (shape.types & STRING) === 0 || shape.string.checks === undefined,
  );
}

/** The strings that satisfy one alternative of a goal; see `languageOf`. */
export interface NameClass {
  readonly automaton: ByteAutomaton;
  readonly isRegular: boolean;
  holds(name: string): boolean;
}

/** The strings that satisfy a goal, by alternative: combined, they may take many more states. */
export function nameClasses(goals: Goals, goal: Goal): NameClass[] {
  const shapes = goal.alternatives.filter((shape) => (shape.types & STRING) !== 0);
  return shapes.map(({ string }) => ({
    automaton: automatonOfLexeme(goals, string),
    isRegular: string.checks === undefined,
    holds: (name) => lexemeHolds(string, name),
  }));
}

/** The strings that satisfy a goal, as one automaton; for a format that is not regular, its regular part. */
export function languageOf(goals: Goals, goal: Goal): ByteAutomaton {
  let language: ByteAutomaton | undefined;
  for (const shape of goal.alternatives) {
    if ((shape.types & STRING) === 0) continue;
    const own = automatonOfLexeme(goals, shape.string);
    language = language === undefined ? own : union(language, own, goals.regexLimits);
  }
  return language ?? literals([]);
}

function automatonOfLexeme(goals: Goals, lexeme: StringLexeme): ByteAutomaton {
  const { parts } = lexeme as { parts?: StringParts };
  return parts === undefined ? universal() : automatonOf(goals, parts);
}

function automatonOf(goals: Goals, parts: StringParts): ByteAutomaton {
  const limits = goals.regexLimits;
  let language = parts.values === undefined ? universal() : literals(parts.values);
  for (const automaton of parts.automata) language = intersect(language, automaton, limits);
  if (parts.minLength > 0 || parts.maxLength !== Number.POSITIVE_INFINITY) {
    language = intersect(language, lengthBetween(parts.minLength, parts.maxLength), limits);
  }
  if (parts.excluded.length > 0) language = intersect(language, complement(literals(parts.excluded)), limits);
  return language;
}
