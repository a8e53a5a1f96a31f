import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormworkError, shorten } from "./errors.js";

describe("errors that quote a caller's text", () => {
  it("leave the process short, with their beginning and their end", () => {
    const text = "x".repeat(1_000_000);
    const { error, pointer } = new FormworkError("invalid_request", `The value ${text} is wrong.`, {
      pointer: `/${text}`,
    }).toBody();
    expect(error.length).toBeLessThan(700);
    expect(error).toMatch(/^The value x+ \.\.\. x+ is wrong\.$/);
    expect(pointer!.length).toBeLessThan(700);
  });

  it("are left alone where they are short, and never cut through a character", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.integer({ min: 6, max: 60 }),
        (text, max) => {
          const short = shorten(text, max);
          if (text.length <= max) expect(short).toBe(text);
          else expect(short.length).toBeLessThanOrEqual(max + 5);
          expect(/[\ud800-\udbff](?![\udc00-\udfff])/.test(short)).toBe(false);
        },
      ),
    );
  });
});
