import { STRING } from "../../grammar/index.js";
import { type BoundedLanguage, boundedPattern, wellFormed } from "../../regex/index.js";
import type { SchemaNode } from "../document/index.js";
import type { Goals } from "../solver/goals.js";
import { mustBeString } from "./forms.js";
import { keyword } from "./keyword.js";
import { languageFailures, limitLanguage, patternRefusal } from "./languages.js";

function languageOf(goals: Goals, node: SchemaNode, source: string): BoundedLanguage {
  let language = goals.patterns.get(source);
  if (language !== undefined) return language;
  try {
    language = boundedPattern(source, goals.regexLimits);
  } catch (error) {
    throw patternRefusal(error, node.location, "pattern", source);
  }
  goals.patterns.set(source, language);
  return language;
}

/** Constructs with another meaning in ECMA-262, the regular expressions of JSON Schema, than the author may expect. */
const FOREIGN: readonly [RegExp, string][] = [
  [/^(?:[^\\]|\\.)*?\\A/s, 'uses "\\A", which is the letter A in ECMA-262: write "^"'],
  [/^(?:[^\\]|\\.)*?\\[Zz]/s, 'uses "\\Z", which is the letter Z in ECMA-262: write "$"'],
  [
    /\[\[:\^?\w+:\]/,
    'uses a POSIX class such as "[[:alpha:]]", which ECMA-262 does not have: write "[A-Za-z]"',
  ],
];

/** A warning about constructs of other kinds of regular expressions. */
function foreignConstruct(source: string): string | undefined {
  return FOREIGN.find(([construct]) => construct.test(source))?.[1];
}

export const pattern = keyword({
  name: "pattern",
  since: "draft-04",
  concerns: STRING,
  fault: mustBeString,
  note: (value) => foreignConstruct(value as string),
  patterns: (value) => [value as string],
  demand: (given, { goals, branch, node }) => limitLanguage(branch, languageOf(goals, node, given as string)),
  fail(given, failures) {
    if ((failures.types & STRING) !== 0)
      failures.ways.push(
        ...languageFailures(languageOf(failures.goals, failures.node, given as string), failures.goals.fuel),
      );
  },
  quickLook(node, look) {
    if (!look.isOnlyLanguage(node)) return false;
    const { automaton, minLength, maxLength } = languageOf(
      look.goals,
      node,
      node.keyword("pattern") as string,
    );
    return minLength === 0 && maxLength === Number.POSITIVE_INFINITY && !wellFormed(automaton).isEmpty;
  },
  language: (given, node, goals) => languageOf(goals, node, given as string).automaton,
  remote: "pattern",
});
