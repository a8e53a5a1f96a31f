import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isArrayPart,
  isObjectPart,
  JsonDocument,
  type JsonPart,
  JsonSyntaxError,
  parseJson,
  textOfPart,
  writeJson,
} from "./index.js";
import { Scanner } from "./scan.js";

/** JSON texts with what doubles and JavaScript objects would change, and white space where it may be. */
const exactText = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: "small" },
    fc.bigInt().map(String),
    fc.constantFrom(
      "1.50",
      "-0",
      "1e400",
      "0.1e-7",
      "1E+2",
      "true",
      "null",
      '"\\u0041\\""',
      '"\\ud800"',
      '"]}"',
    ),
    fc.array(tie("text"), { maxLength: 3 }).map((items) => `[ ${items.join(" , ")} ]`),
    fc
      .array(fc.tuple(fc.constantFrom("10", "2", "b", "__proto__", "\\n{"), tie("text")), { maxLength: 4 })
      .map((members) => `{${members.map(([name, text]) => `"${name}" : ${text}`).join(",\n")}}`),
  ),
})).text;

/** What `read` makes of a text, or the place and reason of its refusal. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { message: error.message, offset: error.offset };
  }
}

describe("a document that is read part by part", () => {
  it("has the value and the text of every part", () => {
    const check = (part: JsonPart): void => {
      const value = parseJson(textOfPart(part));
      if (isArrayPart(part)) {
        expect(part.items().map((one) => parseJson(textOfPart(one)))).toEqual(value);
        part.items().forEach(check);
      } else if (isObjectPart(part)) {
        const members = [...part.members()].map(([name, one]) => [name, parseJson(textOfPart(one))] as const);
        expect(members).toEqual([...(value as ReadonlyMap<string, unknown>)]);
        [...part.members().values()].forEach(check);
      } else expect(part).toEqual(value);
    };
    fc.assert(
      fc.property(exactText, (text) => {
        const { root } = JsonDocument.read(` ${text}\n`);
        expect(writeJson(parseJson(textOfPart(root)))).toBe(writeJson(parseJson(text)));
        if (isArrayPart(root) || isObjectPart(root)) expect(root.text).toBe(text);
        check(root);
      }),
    );
  });

  it("refuses what parseJson refuses, at the same place and in the same words", () => {
    const characters = fc.constantFrom(...'{}[]",:0123-+.eE\\utrufalsen \n\u0001\ud800"');
    const text = fc.oneof(
      fc.array(characters, { maxLength: 12 }).map((parts) => parts.join("")),
      // A text that was right, with one character changed or lost.
      fc.tuple(exactText, fc.nat(), fc.oneof(characters, fc.constant(""))).map(([right, at, other]) => {
        const place = at % (right.length + 1);
        return right.slice(0, place) + other + right.slice(place + 1);
      }),
    );
    fc.assert(
      fc.property(text, (wrong) => {
        const limits = { depth: 2 };
        const parsed = outcome(() => void parseJson(wrong, limits));
        expect(outcome(() => void JsonDocument.read(wrong, limits))).toEqual(parsed);
      }),
      { numRuns: 3000 },
    );
  });

  it("pauses in the middle of long texts, wherever that is", async () => {
    const item = '{"name" : "a\\u0041 text", "numbers":[1e5,-0.25]}';
    const text = `[${Array.from({ length: 20_000 }, () => item).join(", ")}]`;
    let pauses = 0;
    const { root } = await JsonDocument.readInTurns(text, async () => pauses++);
    expect(pauses).toBeGreaterThan(5);
    expect(isArrayPart(root) && root.items().length).toBe(20_000);
    await expect(JsonDocument.readInTurns(`${text}]`, async () => {})).rejects.toThrow(/offset/);
  });

  it("pauses inside a long string too", async () => {
    const text = JSON.stringify({ description: 'a quoted "word", a line\n'.repeat(20_000) });
    let pauses = 0;
    const { root } = await JsonDocument.readInTurns(text, async () => pauses++);
    expect(pauses).toBeGreaterThan(10);
    expect(isObjectPart(root) && root.text).toBe(text);
  });

  it("finds the same in pieces of any length as at once", () => {
    const mistaken = fc.tuple(exactText, fc.nat()).map(([right, at]) => right.slice(0, at % right.length));
    fc.assert(
      fc.property(fc.oneof(exactText, mistaken), fc.integer({ min: 1, max: 5 }), (text, length) => {
        const inPieces = () => {
          const scanner = new Scanner(text);
          while (!scanner.advance(length));
          return [...scanner.result];
        };
        const atOnce = () => {
          const scanner = new Scanner(text);
          scanner.advance(text.length);
          return [...scanner.result];
        };
        expect(outcome(inPieces)).toEqual(outcome(atOnce));
      }),
    );
  });

  it("reads no more parts than it may", () => {
    const { root } = JsonDocument.read("[1,2,3]");
    expect(() => isArrayPart(root) && root.items(2)).toThrow(RangeError);
    expect(isArrayPart(root) && root.first(2).map(textOfPart)).toEqual(["1", "2"]);
    expect(isArrayPart(root) && root.items(3)).toHaveLength(3);
    expect(isArrayPart(root) && root.first(9)).toHaveLength(3);
  });
});
