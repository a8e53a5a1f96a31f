import type { Segment } from "../../constraint/index.js";

/**
 * Texts for which models often have control tokens, such as `<|message|>`, `<|tool_call>`, `<tool_call|>`, `<think>`, `[TOOL_CALLS]` and
 * MiniMax's `]<]minimax[>[`.
 */
const CONTROL =
  /(<[|\uff5c][^<>|\uff5c]+[|\uff5c]>|<\|\w+>|<\w+\|>|<\/?[\w:]+>|\[\/?[A-Z_]+\]|\]<\]\w+\[>\[)/;

/** A text that must follow, split so that a control token may replace each part with its spelling. */
export function literals(text: string): Segment[] {
  return text
    .split(CONTROL)
    .filter((part) => part !== "")
    .map((part) => ({ kind: "literal", text: part, ...(CONTROL.test(part) ? { isTag: true } : {}) }));
}
