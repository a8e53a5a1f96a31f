import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnswerPart } from "../../answer/part.js";
import { EnvelopeReader } from "./reader.js";

function read(pieces: readonly string[], isAnswerString: boolean) {
  let ids = 0;
  const reader = new EnvelopeReader(isAnswerString, () => `call${ids++}`);
  const parts: AnswerPart[] = pieces.flatMap((piece) => reader.push(piece));
  let text = "";
  const calls: { name: string; arguments: string }[] = [];
  for (const part of parts) {
    if (part.type === "text") text += part.text;
    else if (part.type === "toolCall") calls[part.index] = { name: part.name, arguments: "" };
    else if (part.type === "toolArguments") calls[part.index].arguments += part.text;
  }
  expect(text).toBe(reader.text);
  expect(calls).toEqual(
    reader.toolCalls.map(({ name, arguments: written }) => ({ name, arguments: written })),
  );
  return { text, calls };
}

/** `text` in pieces, cut where `cuts` say. Never inside a character: followers put those together. */
function cut(text: string, cuts: readonly number[]): string[] {
  const characters = [...text];
  const places = [...new Set(cuts.map((at) => at % (characters.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => characters.slice(from, places[index] ?? undefined).join(""));
}

const CUTS = fc.array(fc.nat(400), { maxLength: 12 });
const SPACES = fc.constantFrom(undefined, 1, "\t");

describe("an envelope", () => {
  it("with a text is that text, however it is escaped and cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), SPACES, fc.boolean(), CUTS, (text, space, escaped, cuts) => {
        let written = JSON.stringify({ reply: { answer: text } }, null, space);
        if (escaped)
          written = written.replace(
            /[^ -~\s]/g,
            (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
          );
        expect(read(cut(written, cuts), true)).toEqual({ text, calls: [] });
      }),
    );
  });

  it("with a document is that document, as it was written", () => {
    fc.assert(
      fc.property(fc.jsonValue(), SPACES, CUTS, (value, space, cuts) => {
        const document = JSON.stringify(value, null, space);
        const written = `{ "reply" : {"answer": ${document} } }`;
        expect(read(cut(written, cuts), false)).toEqual({ text: document, calls: [] });
      }),
    );
  });

  it("with calls is those calls, whatever comes first in each", () => {
    const call = fc.record({
      name: fc.string(),
      value: fc.dictionary(fc.string(), fc.jsonValue()),
      isNameFirst: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), SPACES, CUTS, (calls, space, cuts) => {
        const expected = calls.map(({ name, value }) => ({
          name,
          arguments: JSON.stringify(value, null, space),
        }));
        const list = expected.map((one, index) => {
          const members = [`"name": ${JSON.stringify(one.name)}`, `"arguments":${one.arguments}`];
          return `{${(calls[index].isNameFirst ? members : members.reverse()).join(", ")}}`;
        });
        const written = `{"reply":{"calls":[${list.join(" , ")}]}}`;
        expect(read(cut(written, cuts), true)).toEqual({ text: "", calls: expected });
      }),
    );
  });
});
