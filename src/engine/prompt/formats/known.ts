import type { CallLayout } from "../../answer/layout.js";

/** A format of calls that is recognised by texts in the chat template. */
interface KnownCalls {
  /** Found in the template's source. */
  marks: RegExp;
  calls: CallLayout;
}

/**
 * Formats that cannot be derived from how a template renders calls, because it omits them, needs other variables, or writes values in a
 * notation of its own.
 */
const KNOWN: readonly KnownCalls[] = [
  {
    // LFM2 and LFM2.5: calls of Python functions. Values are JSON, which Python reads but for `true`, `false` and `null`.
    marks: /<\|tool_(?:call|list)_start\|>|List of tools: \[/,
    calls: {
      openings: [{ text: "<|tool_call_start|>", beforeName: "[" }],
      isNameQuoted: false,
      beforeName: "",
      afterName: "(",
      members: {
        beforeKey: "",
        beforeValue: "=",
        padding: "",
        closing: "",
        afterClosing: "",
        separator: ", ",
        values: "json",
      },
      afterArguments: ")",
      separator: ", ",
      closing: "]<|tool_call_end|>",
    },
  },
  {
    // Gemma 4: objects with bare keys, and strings between control tokens.
    marks: /<\|tool_call>call:/,
    calls: {
      openings: [{ text: "<|tool_call>", beforeName: "call:" }],
      isNameQuoted: false,
      beforeName: "call:",
      afterName: "{",
      members: {
        beforeKey: "",
        beforeValue: ':<|"|>',
        beforeJson: ":",
        padding: "",
        closing: '<|"|>',
        closingJson: "",
        afterClosing: "",
        separator: ",",
        values: "flat",
      },
      afterArguments: "}<tool_call|>",
      separator: "<|tool_call>",
      closing: "",
    },
  },
  {
    // MiniMax M3: the key is the name of the tag. Lists and objects are written as further tags.
    marks: /\]<\]minimax\[>\[/,
    calls: {
      openings: [{ text: "]<]minimax[>[", beforeName: '<tool_call>\n]<]minimax[>[<invoke name="' }],
      isNameQuoted: false,
      beforeName: "",
      afterName: '">',
      members: {
        beforeKey: "]<]minimax[>[<",
        beforeValue: ">",
        padding: "",
        closing: "]<]minimax[>[",
        afterClosing: "</{key}>",
        values: "flat",
      },
      afterArguments: "]<]minimax[>[</invoke>\n]<]minimax[>[",
      separator: '<invoke name="',
      closing: "</tool_call>",
    },
  },
  {
    // MiniCPM5: texts may be in CDATA sections.
    marks: /<!\[CDATA\[/,
    calls: {
      openings: [{ text: "<function", beforeName: ' name="' }],
      isNameQuoted: false,
      beforeName: ' name="',
      afterName: '">',
      members: {
        beforeKey: '<param name="',
        beforeValue: '">',
        padding: "",
        closing: "</param>",
        afterClosing: "",
        quotes: { opening: "<![CDATA[", closing: "]]>" },
      },
      afterArguments: "",
      closing: "</function>",
    },
  },
  {
    // Granite 3: the system message names the tag, and past calls are omitted.
    marks: /<\|tool_call\|> followed by a JSON list/,
    calls: jsonList({ text: "<|tool_call|>", beforeName: '[{"name": "' }),
  },
  {
    // Firefunction v2.
    marks: /functools\[/,
    calls: jsonList({ text: "functools[", onlyAtStart: true, beforeName: '{"name": "' }),
  },
];

/** Calls as a JSON list of objects with `name` and `arguments`. */
function jsonList(opening: CallLayout["openings"][number]): CallLayout {
  return {
    openings: [opening],
    isNameQuoted: true,
    beforeName: '{"name": "',
    afterName: '", "arguments": ',
    afterArguments: "}",
    separator: ", ",
    closing: "]",
  };
}

/** The format of calls of a template that names one of them; undefined for others. */
export function knownCalls(source: string): CallLayout | undefined {
  return KNOWN.find(({ marks }) => marks.test(source))?.calls;
}
