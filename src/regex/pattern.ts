import type { ByteAutomaton } from "./automata/automaton.js";
import { Determiniser } from "./automata/determinise.js";
import { minimise } from "./automata/minimise.js";
import { Nfa } from "./automata/nfa.js";
import { overBytes } from "./automata/utf8.js";
import { automata } from "./cache.js";
import { Budget, DEFAULT_STATES, type RegexLimits } from "./limits.js";
import { classify } from "./syntax/classes.js";
import { parsePattern } from "./syntax/parser.js";
import type { PatternNode } from "./syntax/syntax.js";

/**
 * The language of the strings `s` with `new RegExp(source, "u").test(s)`: a match anywhere, as required by JSON Schema's `pattern`. A
 * pattern that is malformed with the `u` flag is read by the laxer syntax without it, but still by code points. Cached for the
 * process. Throws `RegexError`.
 */
export function compilePattern(source: string, limits: Partial<RegexLimits> = {}): ByteAutomaton {
  return automata.take(
    `pattern ${limits.states ?? DEFAULT_STATES} ${source}`,
    (fuel) => buildPattern(source, { ...limits, fuel }),
    limits.fuel,
  );
}

/** `compilePattern` without the cache. */
export function buildPattern(source: string, limits: Partial<RegexLimits> = {}): ByteAutomaton {
  return buildNode(parsePattern(source), new Budget(limits));
}

/** The automaton of a parsed pattern. */
export function buildNode(pattern: PatternNode, budget: Budget): ByteAutomaton {
  const nfa = new Nfa(pattern, budget);
  const classes = classify(nfa);
  return overBytes(minimise(new Determiniser(nfa, classes, budget).run()), classes, budget);
}
