import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ERROR_CODES, FormworkError, shorten } from "./errors.js";

describe("the table of errors in docs/http.md", () => {
  const page = readFileSync(new URL("../docs/http.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);

  it("has every code with its status, once", () => {
    const codes = Object.entries(ERROR_CODES).map(([code, { status }]) => [code, status]);
    expect(rows.sort()).toEqual(codes.sort());
  });

  it("says of the right statuses that trying again can help", () => {
    const retryable = Object.values(ERROR_CODES).filter((code) => code.retryable);
    expect(new Set(retryable.map(({ status }) => status))).toEqual(new Set([502, 503, 504]));
    expect(page).toContain("Errors of 502, 503 and 504 can succeed when tried again");
  });
});

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
        fc.string({ unit: fc.constantFrom("a", "é", "日", "🙂"), maxLength: 60 }),
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
