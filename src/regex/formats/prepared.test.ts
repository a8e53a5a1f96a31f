import { expect, it } from "vitest";
import { decodeAutomaton, encodeAutomaton } from "../automata/tables.js";
import { compilePattern } from "../pattern.js";
import { boundedFormat, encodeFormats } from "./formats.js";

it("holds the automata of the formats as they are: `npx vitest run src/regex/formats -u` writes them anew", async () => {
  const lines = Object.entries(encodeFormats()).map(
    ([name, text]) => `  ${/^[a-z]+$/.test(name) ? name : JSON.stringify(name)}:\n    "${text}",`,
  );
  const source = [
    "/** Automata of formats as `encodeAutomaton` writes them, by format and part; a test writes this file. */",
    "export const PREPARED: Readonly<Record<string, string>> = {",
    ...lines,
    "};",
    "",
  ].join("\n");
  await expect(source).toMatchFileSnapshot("prepared.ts");
});

it.each(["", "^a$", "^[^]*b", "^(ab|c[é中])*b$", "^.{3,70}$"])(
  "gives back what was encoded: /%s/",
  (pattern) => {
    const automaton = compilePattern(pattern);
    const { start, stateCount, classOf, classCount, next, accepting, distance } = automaton;
    expect(decodeAutomaton(encodeAutomaton(automaton))).toMatchObject({
      ...{ start, stateCount, classOf, classCount, next, accepting, distance },
    });
  },
);

it("gives back what was encoded: a format", () => {
  const { automaton } = boundedFormat("email", "whole")!;
  expect(decodeAutomaton(encodeAutomaton(automaton)).next).toEqual(automaton.next);
});
