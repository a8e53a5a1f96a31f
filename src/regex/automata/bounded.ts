import { automata } from "../cache.js";
import { Budget, DEFAULT_STATES, type RegexLimits, type WorkCounter } from "../limits.js";
import { buildNode, compilePattern } from "../pattern.js";
import { parsePattern } from "../syntax/parser.js";
import type { PatternNode } from "../syntax/syntax.js";
import type { ByteAutomaton } from "./automaton.js";

/** The strings of `automaton` with `minLength` to `maxLength` code points; `maxLength` may be `Infinity`. */
export interface BoundedLanguage {
  automaton: ByteAutomaton;
  minLength: number;
  maxLength: number;
}

/** Smaller counts remain in the automaton. */
const LEAST_COUNT = 32;

const boundsOf = new WeakMap<ByteAutomaton, BoundedLanguage>();

/**
 * The language of `compilePattern(source)`, as a small automaton with length bounds if the pattern does little more than counting
 * characters: `^.{1,255}$` takes thousands of states as an automaton, and a dozen with length bounds. Throws `RegexError`.
 */
export function boundedPattern(source: string, limits: Partial<RegexLimits> = {}): BoundedLanguage {
  const key = `bounded ${limits.states ?? DEFAULT_STATES} ${source}`;
  const build = (fuel: WorkCounter) => {
    const own = { ...limits, fuel };
    const { pattern, minLength, maxLength } = extractLength(parsePattern(source));
    const counts = minLength > 0 || maxLength !== Number.POSITIVE_INFINITY;
    const built = counts ? buildNode(pattern, new Budget(own)) : compilePattern(source, own);
    if (counts) boundsOf.set(built, { automaton: built, minLength, maxLength });
    return built;
  };
  const automaton = automata.take(key, build, limits.fuel);
  return boundsOf.get(automaton) ?? { automaton, minLength: 0, maxLength: Number.POSITIVE_INFINITY };
}

interface Extracted {
  pattern: PatternNode;
  minLength: number;
  maxLength: number;
}

/**
 * Removes the only long count from `^...$` and from lookaheads `(?=...$)` right after `^`, if everything else has a fixed width: the
 * count then becomes a bound of the total length, and its body may repeat freely.
 */
function extractLength(pattern: PatternNode): Extracted {
  const items = flatten(pattern);
  let minLength = 0;
  let maxLength = Number.POSITIVE_INFINITY;
  const free = (part: PatternNode[]): PatternNode[] => {
    const found = countedOf(part);
    if (found === undefined) return part;
    const { at, rest, width } = found;
    const { body, min, max } = part[at] as PatternNode & { type: "repeat" };
    minLength = Math.max(minLength, rest + min * width);
    maxLength = Math.min(maxLength, rest + max * width);
    return part.with(at, { type: "repeat", body, min: 0, max: Number.POSITIVE_INFINITY });
  };
  if (items[0]?.type !== "start") return { pattern, minLength, maxLength };
  let first = 1;
  for (; items[first]?.type === "look"; first++) {
    const look = items[first] as PatternNode & { type: "look" };
    if (look.ahead && !look.negative) {
      items[first] = { ...look, body: { type: "sequence", items: free(flatten(look.body)) } };
    }
  }
  const all = [...items.slice(0, first), ...free(items.slice(first))];
  return { pattern: { type: "sequence", items: all }, minLength, maxLength };
}

/** The only count in `items`, which end at `$`, with the width of its body and that of everything else. */
function countedOf(items: PatternNode[]): { at: number; rest: number; width: number } | undefined {
  if (items.at(-1)?.type !== "end") return undefined;
  let at = -1;
  let rest = 0;
  let width = 0;
  for (let i = 0; i < items.length - 1; i++) {
    const item = items[i];
    const own = fixedWidth(item);
    if (own !== undefined) rest += own;
    else {
      const bodyWidth = item.type === "repeat" ? fixedWidth(item.body) : undefined;
      if (at >= 0 || bodyWidth === undefined || bodyWidth === 0) return undefined;
      at = i;
      width = bodyWidth;
    }
  }
  if (at < 0) return undefined;
  const { min, max } = items[at] as PatternNode & { type: "repeat" };
  const most = max === Number.POSITIVE_INFINITY ? min : max;
  return most * width < LEAST_COUNT ? undefined : { at, rest, width };
}

/** The width of `node` in code points, if all matches have the same and there is no lookaround. */
function fixedWidth(node: PatternNode): number | undefined {
  switch (node.type) {
    case "set":
      return 1;
    case "sequence": {
      let sum = 0;
      for (const item of node.items) {
        const width = fixedWidth(item);
        if (width === undefined) return undefined;
        sum += width;
      }
      return sum;
    }
    case "alternatives": {
      const width = fixedWidth(node.items[0]);
      return node.items.every((item) => fixedWidth(item) === width) ? width : undefined;
    }
    case "repeat": {
      const width = fixedWidth(node.body);
      return node.min === node.max && width !== undefined ? width * node.min : undefined;
    }
    default:
      return undefined;
  }
}

/** The items of a sequence, with nested sequences flattened. */
function flatten(node: PatternNode): PatternNode[] {
  return node.type === "sequence" ? node.items.flatMap(flatten) : [node];
}
