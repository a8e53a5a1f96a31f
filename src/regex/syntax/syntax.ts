import type { CodePointSet } from "./codePoints.js";

/** The syntax tree of a pattern, as far as it determines the language: without groups and greediness. */
export type PatternNode =
  | { type: "set"; set: CodePointSet }
  | { type: "sequence"; items: PatternNode[] }
  | { type: "alternatives"; items: PatternNode[] }
  | { type: "repeat"; body: PatternNode; min: number; max: number }
  | { type: "start" }
  | { type: "end" }
  | { type: "boundary"; negative: boolean }
  | { type: "look"; ahead: boolean; negative: boolean; body: PatternNode };

/** Maximum number of code points of a match of `node`. */
export function maxWidth(node: PatternNode): number {
  switch (node.type) {
    case "set":
      return 1;
    case "sequence":
      return node.items.reduce((sum, item) => sum + maxWidth(item), 0);
    case "alternatives":
      return node.items.reduce((most, item) => Math.max(most, maxWidth(item)), 0);
    case "repeat": {
      const width = maxWidth(node.body);
      return width === 0 ? 0 : width * node.max;
    }
    default:
      return 0;
  }
}
