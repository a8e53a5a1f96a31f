import type { Goal } from "../../grammar/index.js";
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

/** The strings that meet a goal, as one automaton. */
export function languageOf(goals: Goals, goal: Goal): ByteAutomaton {
  let language: ByteAutomaton | undefined;
  for (const shape of goal.alternatives) {
    if ((shape.types & STRING) === 0) continue;
    const parts = (shape.string as { parts?: StringParts }).parts;
    const own = parts === undefined ? universal() : automatonOf(goals, parts);
    language = language === undefined ? own : union(language, own, goals.regexLimits);
  }
  return language ?? literals([]);
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
