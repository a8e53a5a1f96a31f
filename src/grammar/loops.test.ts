import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern, wellFormed } from "../regex/index.js";
import { contentOf } from "./content.js";
import { findLoops } from "./loops.js";

const PATTERNS = ["", "^a*$", "^[^/]*$", "^\\w+$", "^é*$", "^[a-zé]*b", "^(?!ab)", "^.{3}$", "^[^é]*$"];

describe("loops of a state", () => {
  it("are the characters that lead back to it", () => {
    const encoder = new TextEncoder();
    fc.assert(
      fc.property(
        fc.constantFrom(...PATTERNS),
        fc.string({ unit: "binary", maxLength: 6 }),
        (pattern, text) => {
          const content = contentOf(wellFormed(compilePattern(pattern)));
          const step = (state: number, byte: number) =>
            content.next[state * content.classCount + content.classOf[byte]];
          for (let state = 1; state < content.stateCount; state++) {
            const { ascii, others } = findLoops(content, state);
            for (const ch of text) {
              const point = ch.codePointAt(0)!;
              if (point < 0x20 || ch === '"' || ch === "\\") continue;
              const target = encoder.encode(ch).reduce(step, state);
              if (point < 0x80)
                expect(((ascii[point >>> 5] >>> (point & 31)) & 1) === 1).toBe(target === state);
              else if (others) expect(target).toBe(state);
            }
          }
        },
      ),
    );
  });

  it("hold all characters beyond ASCII where nothing tells them apart", () => {
    const content = contentOf(wellFormed(compilePattern("^[^/]*$")));
    expect(findLoops(content, content.start).others).toBe(true);
    const without = contentOf(wellFormed(compilePattern("^[^é]*$")));
    expect(findLoops(without, without.start).others).toBe(false);
  });
});
