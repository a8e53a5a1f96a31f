import { expect, test } from "vitest";
import { compileSchema } from "../../constraint/index.js";
import { toRegExp } from "./patterns.js";

test.each<[pattern: string, matching: string[], others: string[]]>([
  ["(?i)^abc$", ["abc", "ABC"], ["abd"]],
  ["^(?i:a)b$", ["ab", "Ab"], ["AB"]],
  ["^a(?i)b$", ["ab", "aB"], ["Ab"]],
  ["^(?i)a(?-i)b$", ["Ab", "ab"], ["aB"]],
  ["^((?i)a)b$", ["Ab"], ["AB"]],
  ["^(?i:[a-f0-9_]+|é)x$", ["AF9_x", "Éx", "éx"], ["gx", "AFX"]],
  ["^(?i:[^a-c])$", ["d", "D"], ["a", "B"]],
  ["^(?s:.)(?:.)$", ["\na"], ["a\n"]],
  ["(?m:^b$)", ["a\nb\nc", "b"], ["ab"]],
  ["^(?i-s:a.)$", ["Ab"], ["A\n"]],
  ["^(?i:\\x41\\(\\[)$", ["A(["], ["A(]"]],
  ["^(?i:yes|no)$", ["YES", "nO"], ["maybe"]],
])("%s", (pattern, matching, others) => {
  const expression = toRegExp(pattern);
  const grammar = compileSchema({ pattern });
  for (const [texts, verdict] of [
    [matching, true],
    [others, false],
  ] as const) {
    for (const text of texts) {
      expect([text, expression.test(text)]).toEqual([text, verdict]);
      expect([text, grammar.accepts(JSON.stringify(text))]).toEqual([text, verdict]);
    }
  }
});
