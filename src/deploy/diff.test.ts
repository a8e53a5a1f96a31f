import fc from "fast-check";
import { expect, test } from "vitest";
import { unifiedDiff } from "./diff.js";

const numbered = (count: number) => Array.from({ length: count }, (_, line) => `line ${line}`);
const text = (lines: string[]) => lines.map((line) => `${line}\n`).join("");

test("shows what changes with three lines around it, in hunks", () => {
  const before = numbered(30);
  const after = [...before];
  after[5] = "changed";
  after.splice(20, 1);
  expect(unifiedDiff(text(before), text(after), "app.py").split("\n")).toEqual([
    ...[
      "--- app.py",
      "+++ app.py (new)",
      "@@ -3,7 +3,7 @@",
      " line 2",
      " line 3",
      " line 4",
      "-line 5",
      "+changed",
    ],
    ...[" line 6", " line 7", " line 8", "@@ -18,7 +18,6 @@", " line 17", " line 18", " line 19", "-line 20"],
    ...[" line 21", " line 22", " line 23", ""],
  ]);
  expect(unifiedDiff(text(before), text(before), "app.py")).toBe("");
});

/** The old lines with the hunks of a difference applied, or an error where one does not fit. */
function apply(before: string[], diff: string): string[] {
  const after: string[] = [];
  let next = 0;
  for (const line of diff.split("\n").slice(2, -1)) {
    const hunk = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line);
    if (hunk !== null) {
      // A hunk that takes no old line names the line before it.
      const start = Number(hunk[1]) - 1 + (hunk[2] === "0" ? 1 : 0);
      after.push(...before.slice(next, start));
      next = start;
      const place = Number(hunk[3]) - 1 + (hunk[4] === "0" ? 1 : 0);
      expect(after.length).toBe(place);
    } else if (line.startsWith("+")) {
      after.push(line.slice(1));
    } else {
      expect(line.slice(1)).toBe(before[next]);
      if (line.startsWith(" ")) after.push(line.slice(1));
      next++;
    }
  }
  return [...after, ...before.slice(next)];
}

test("the difference turns the old file into the new one", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      fc.pre(text(before) !== text(after));
      expect(apply(before, unifiedDiff(text(before), text(after), "file"))).toEqual(after);
    }),
    { numRuns: 500 },
  );
});
