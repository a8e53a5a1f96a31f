import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromJavaScript, JsonNumber, JsonSyntaxError, parseJson, toJavaScript, writeJson } from "./index.js";

describe("parseJson", () => {
  it("keeps numbers and the order of names as written", () => {
    const text = '{"b":1234567890123456789,"2":1.50,"1":-0,"a":1e400,"__proto__":{"x":[]}}';
    expect(writeJson(parseJson(text))).toBe(text);
  });

  it("round-trips what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const compact = JSON.stringify(JSON.parse(text));
        expect(toJavaScript(parseJson(text))).toEqual(JSON.parse(text));
        expect(JSON.stringify(toJavaScript(parseJson(compact)))).toBe(compact);
        expect(writeJson(fromJavaScript(JSON.parse(text)))).toBe(compact);
      }),
    );
  });

  it("accepts exactly what JSON.parse accepts", () => {
    const characters = fc.constantFrom(...'{}[]",:0123-+.eE\\utrufalsen \n\u0001\ud800"');
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        let expected = true;
        try {
          JSON.parse(text);
        } catch {
          expected = false;
        }
        let accepted = true;
        try {
          parseJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonSyntaxError);
          accepted = false;
        }
        expect(accepted).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it("reads deep texts without the call stack, up to its limit", () => {
    const deep = "[".repeat(4000) + "]".repeat(4000);
    expect(Array.isArray(parseJson(deep))).toBe(true);
    expect(() => parseJson("[".repeat(5000) + "]".repeat(5000))).toThrow(
      /4096 levels of nesting at offset 4096/,
    );
  });

  it.each(["", "1 2", '{"a" 1}', "[1,]", '"\\x"', "01", "+1", "nul", '{"a":1,}', '"\n"'])(
    "refuses %j",
    (text) => {
      expect(() => parseJson(text)).toThrow(JsonSyntaxError);
    },
  );
});

describe("toJavaScript", () => {
  it("gives bigints on request, and only where a double would round", () => {
    const value = parseJson("[1234567890123456789, 12, 1.5, 1e30]");
    expect(toJavaScript(value, { bigints: true })).toEqual([1234567890123456789n, 12, 1.5, 1e30]);
    expect(toJavaScript(value)).toEqual([1234567890123456800, 12, 1.5, 1e30]);
  });
});

describe("fromJavaScript", () => {
  it("refuses what is no JSON", () => {
    expect(() => fromJavaScript(Number.NaN)).toThrow(TypeError);
    expect(() => fromJavaScript(() => 1)).toThrow(TypeError);
  });

  it("takes bigints and numbers by their text", () => {
    expect(fromJavaScript(10n)).toEqual(new JsonNumber("10"));
  });
});
