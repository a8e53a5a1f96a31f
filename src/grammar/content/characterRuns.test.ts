import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern, wellFormed } from "../../regex/index.js";
import { findRun } from "./characterRuns.js";
import { type Content, contentOf, furthestEnd } from "./content.js";

const PATTERNS = [
  "^.{3}$",
  "^[a-z]{2,9}$",
  "^(\\S+ ){0,4}\\S+$",
  "^[a-zé]{1,4}b",
  "^(a.?){3}$",
  "^[ab]{2}c*$",
];

function contentFor(pattern: string): Content {
  return contentOf(wellFormed(compilePattern(pattern)));
}

function follow({ next, classCount, classOf }: Content, state: number, bytes: Iterable<number>): number {
  for (const byte of bytes) state = next[state * classCount + classOf[byte]];
  return state;
}

describe("runs of characters", () => {
  it("can be read in any order up to their length", () => {
    const encoder = new TextEncoder();
    const characters = fc.string({
      unit: fc.constantFrom("a", "b", "c", "z", " ", "é", "中", "💩"),
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.constantFrom(...PATTERNS), characters, (pattern, text) => {
        const content = contentFor(pattern);
        for (let state = 1; state < content.stateCount; state++) {
          const run = findRun(content, state, 6);
          if (run === undefined) continue;
          const read = [...text].filter((ch) => run.bytes.includes(encoder.encode(ch)[0])).slice(0, run.room);
          expect(follow(content, state, encoder.encode(read.join("")))).not.toBe(0);
        }
      }),
    );
  });

  it("are as long as what is counted", () => {
    const content = contentFor("^[a-z]{2,9}$");
    const run = findRun(content, content.start, 32);
    expect(run?.room).toBe(9);
    expect(run?.bytes.length).toBe(26);
  });
});

describe("the way to the end", () => {
  it("is the longest of the shortest ones", () => {
    expect(furthestEnd(contentFor("^a{5}$"))).toBe(5);
    expect(furthestEnd(contentFor("^(a|bcd)*$"))).toBe(2);
    expect(furthestEnd(contentFor(""))).toBe(3);
  });
});
