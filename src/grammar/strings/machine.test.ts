import { describe, expect, test } from "vitest";
import { compilePattern } from "../../regex/index.js";
import { contentOf } from "../content/content.js";
import { StringMachine } from "./machine.js";

const UNIVERSAL = "^[\\s\\S]*$";
const MAX_STATES = 400;

/** Every state that texts of a machine lead to, up to a number, with the shortest text there. */
function reached(machine: StringMachine): Map<number, string> {
  const texts = new Map([[machine.start, ""]]);
  for (const [state, text] of texts) {
    if (texts.size > MAX_STATES) break;
    for (let byte = 0; byte < 256; byte++) {
      const target = machine.step(state, byte);
      if (target > 0 && !texts.has(target)) texts.set(target, text + String.fromCharCode(byte));
    }
  }
  return texts;
}

describe.each([
  UNIVERSAL,
  "^\\n?a$",
  "^[\\u0000-\\u0003]{1,2}$",
  '^[\\\\"a]{2}$',
  "^.\\t",
  "^a|\\u0001$",
  "^[é💩\\u0007]*$",
])("strings of %s", (source) => {
  describe.each(["all", "canonical"] as const)("%s escapes", (escapes) => {
    test.each([
      [0, Number.POSITIVE_INFINITY],
      [0, 1],
      [1, 2],
      [3, 3],
      [2, Number.POSITIVE_INFINITY],
    ])("from every state the closing quote is reached, lengths %i to %d", (minLength, maxLength) => {
      const content = contentOf(compilePattern(source));
      const machine = new StringMachine({ content, escapes, minLength, maxLength });
      if (machine.isEmpty) return;
      for (const [start, text] of reached(machine)) {
        const closing = machine.closing(start).flatten()!;
        let state = start;
        for (let i = 0; i < closing.length && state > 0; i++)
          state = machine.step(state, closing.charCodeAt(i));
        expect([text, closing, state < 0]).toEqual([text, closing, true]);
      }
    });
  });
});
