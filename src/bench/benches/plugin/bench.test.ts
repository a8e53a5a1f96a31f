import { expect, test } from "vitest";
import { pluginText } from "./bench.js";

test("the table has a row for each backend and its share of a step", () => {
  const text = pluginText({
    engine: "vLLM 0.32.0",
    pass_ms: 4,
    steps: {
      "8, later": {
        formwork: { median_ms: 0.3, p99_ms: 1.1, tokens_ms: 0.1, share: 0.091 },
        xgrammar: { median_ms: 1.3, p99_ms: 38, tokens_ms: 0.1, share: 0.5 },
      },
    },
    longest_gap_ms: { alone: 0.39, beside_a_new_schema: 1.65 },
  });
  expect(text).toContain("| 8, later | formwork | 0.3 | 1.1 | 0.1 | 9.1 % |");
  expect(text).toContain("| 8, later | xgrammar | 1.3 | 38 | 0.1 | 50.0 % |");
  expect(text).toMatch(/^vLLM 0\.32\.0:/);
  expect(text).toContain("takes 4 ms");
  expect(text).not.toContain("Killed");
});
