import type { Segment } from "../../constraint/index.js";

/** Texts that models often have control tokens for, such as `<|message|>`, `<think>` and `[TOOL_CALLS]`. */
const CONTROL = /(<[|\uff5c][^<>|\uff5c]+[|\uff5c]>|<\/?[\w:]+>|\[\/?[A-Z_]+\])/;

/** A text that must follow, in parts, so that a control token may stand for each part that it spells. */
export function literals(text: string): Segment[] {
  return text
    .split(CONTROL)
    .filter((part) => part !== "")
    .map((part) => ({ kind: "literal", text: part, ...(CONTROL.test(part) ? { isTag: true } : {}) }));
}
