import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern, wellFormed } from "../../regex/index.js";
import { contentOf } from "./content.js";
import { findLoops } from "./selfLoops.js";

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
            const loops = new Set<number>();
            findLoops(content, state, (byte) => loops.add(byte));
            for (const ch of text) {
              const point = ch.codePointAt(0)!;
              if (point < 0x20 || ch === '"' || ch === "\\") continue;
              const target = encoder.encode(ch).reduce(step, state);
              if (point < 0x80) expect(loops.has(point)).toBe(target === state);
              else if (loops.has(encoder.encode(ch)[0])) expect(target).toBe(state);
            }
          }
        },
      ),
    );
  });

  it("hold a leading byte where nothing tells its characters apart", () => {
    const loopsAtStart = (pattern: string) => {
      const content = contentOf(wellFormed(compilePattern(pattern)));
      const loops = new Set<number>();
      findLoops(content, content.start, (byte) => loops.add(byte));
      return loops;
    };
    expect(loopsAtStart("^[^/]*$").has(0xc3)).toBe(true);
    // "é" is C3 A9.
    expect(loopsAtStart("^[^é]*$").has(0xc3)).toBe(false);
    expect(loopsAtStart("^[^é]*$").has(0xe4)).toBe(true);
  });
});
