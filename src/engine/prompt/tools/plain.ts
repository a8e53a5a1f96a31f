import type { CallLayout } from "../../answer/layout.js";

/** For models whose chat template knows no tools: the system message explains how to call them. */
export const plainCalls: CallLayout = {
  openings: [{ text: "<tool_call>", beforeName: '\n{"name": "' }],
  isNameQuoted: true,
  beforeName: '\n{"name": "',
  afterName: '", "arguments": ',
  afterArguments: "}\n",
  closing: "</tool_call>",
};
