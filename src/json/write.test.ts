import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SchemaError } from "../errors.js";
import { parseJson, RawJson, toSchemaText, writeJson } from "./index.js";

/** JSON texts with what doubles and JavaScript objects would change. */
const exactText = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: "small" },
    fc.bigInt().map(String),
    fc.constantFrom("1.50", "-0", "1e400", "0.1e-7", "1E+2", "true", "null", '"\\u0041"', '"\\ud800"'),
    fc.array(tie("text"), { maxLength: 3 }).map((items) => `[ ${items.join(" , ")} ]`),
    fc
      .array(fc.tuple(fc.constantFrom("10", "2", "b", "__proto__", "a/~"), tie("text")), { maxLength: 4 })
      .map((members) => `{${members.map(([name, text]) => `"${name}" : ${text}`).join(",\n")}}`),
  ),
})).text;

describe("writeJson", () => {
  it("writes what JSON.stringify does", () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, maxDepth: 4 }), (value) => {
        const expected = JSON.stringify({ value }) as string;
        expect(writeJson({ value })).toBe(expected);
      }),
    );
  });

  it("copies raw texts and keeps exact values", () => {
    fc.assert(
      fc.property(exactText, (text) => {
        expect(writeJson({ a: new RawJson(text), b: undefined })).toBe(`{"a":${text}}`);
        expect(writeJson([parseJson(text)])).toBe(`[${writeJson(parseJson(text))}]`);
        expect(parseJson(writeJson(parseJson(text)))).toEqual(parseJson(text));
      }),
    );
    expect(writeJson({ id: 12345678901234567890n })).toBe('{"id":12345678901234567890}');
    expect(() => writeJson(undefined)).toThrow(TypeError);
  });
});

describe("toSchemaText", () => {
  it("leaves texts as they are and writes values", () => {
    expect(toSchemaText(' {"enum": [1234567890123456789]}')).toBe(' {"enum": [1234567890123456789]}');
    expect(toSchemaText({ const: 2n ** 64n, type: undefined })).toBe('{"const":18446744073709551616}');
    expect(toSchemaText(false)).toBe("false");
  });

  it("refuses what is no JSON", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic["not"] = cyclic;
    for (const wrong of ["", "{", "{'a':1}", cyclic, undefined as never]) {
      expect(() => toSchemaText(wrong)).toThrow(
        expect.objectContaining({ code: "invalid_schema" } satisfies Partial<SchemaError>),
      );
    }
  });
});
