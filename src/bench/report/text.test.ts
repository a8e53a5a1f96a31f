import { beforeAll, describe, expect, it } from "vitest";
import { builtInSuite } from "../../tasks/index.js";
import { compareResults } from "../baseline/compare.js";
import type { Results } from "../results.js";
import { simulatedResults } from "../testing/simulatedRun.js";
import { renderMarkdown } from "./markdown.js";
import { duration, number, percent } from "./numberFormat.js";
import { renderText } from "./text.js";

const cases = builtInSuite("extraction").cases.slice(0, 6);
let results: Results;
beforeAll(async () => {
  results = await simulatedResults(cases, [{ seed: 1 }], { runs: 4 });
});

describe("figures as people write them", () => {
  it("have three significant digits and the unit that fits", () => {
    expect([0, 0.001234, 0.5, 1.2345, 12.345, 123.45, 12345.6].map((value) => number(value))).toEqual([
      "0",
      "0.00123",
      "0.5",
      "1.23",
      "12.3",
      "123",
      "12,346",
    ]);
    expect([0.0123, 4.2, 950, 1500, 90_000].map((value) => duration(value))).toEqual([
      "12.3 µs",
      "4.2 ms",
      "950 ms",
      "1.5 s",
      "1.5 min",
    ]);
    expect(percent(0.123)).toBe("12.3 %");
    expect([number(null), duration(Number.NaN), percent(undefined)]).toEqual(["–", "–", "–"]);
  });
});

describe("the text for a terminal", () => {
  it("turns the overview: a line a figure, a column a target", () => {
    const text = renderText(results);
    expect(text).toMatch(/^simulated\n\n +simulated\nrequests +24\nsuccess +100 %\nvalid +100 %/);
    expect(text).not.toContain("retries");
  });

  it("says what changed and ends in a verdict", async () => {
    const slow = await simulatedResults(cases, [{ seed: 2, slowness: 2 }], { runs: 4 });
    const text = renderText(slow, compareResults(results, slow));
    expect(text).toMatch(/latency +\d\.\d\dx .*regression/);
    expect(text.trim().endsWith("regressions.")).toBe(true);
    expect(renderText({ ...results, complete: false })).toContain("(interrupted)");
  });
});

describe("the summary for a pull request", () => {
  it("is a Markdown table that no text can break", async () => {
    const odd = structuredClone(results);
    odd.title = "One | two";
    for (const summary of odd.summaries) summary.target = "a|b\nc";
    const lines = renderMarkdown(odd).split("\n");
    const table = lines.filter((line) => line.startsWith("|"));
    const columns = (line: string): number => line.replaceAll("\\|", "").split("|").length;
    expect(table.length).toBe(3);
    expect(new Set(table.map(columns)).size).toBe(1);
    expect(lines.join("\n")).toContain("formwork bench tasks");
  });

  it("shows what changed and leaves out what did not", async () => {
    const wrong = await simulatedResults(cases, [{ seed: 3, wrong: 0.6 }], { runs: 4 });
    const markdown = renderMarkdown(wrong, compareResults(results, wrong));
    expect(markdown).toMatch(/\*\*\d regressions?\.\*\*/);
    expect(markdown).toMatch(/\| correctness \| -\d+/);
    expect(markdown).not.toContain("no change beyond noise");
  });
});
