import fc from "fast-check";
import { expect, test } from "vitest";
import { type JsonListener, JsonPieces } from "./pieces.js";
import { cut } from "./testing/cut.js";

/** Puts the text together again from what the reader tells. */
class Writer implements JsonListener {
  private readonly open_: { isObject: boolean; text: string; isEmpty: boolean }[] = [];
  text = "";
  private label = "";
  private growing = "";

  open(kind: "object" | "array"): void {
    const label = this.label;
    this.label = "";
    this.open_.push({ isObject: kind === "object", text: label, isEmpty: true });
  }
  close(): void {
    const { isObject, text } = this.open_.pop()!;
    const [label, ...items] = text.split("\0");
    this.add(`${label}${isObject ? "{" : "["}${items.join(",")}${isObject ? "}" : "]"}`);
  }
  name(name: string): void {
    this.label = `${JSON.stringify(name)}:`;
  }
  string(): void {
    this.growing = "";
  }
  more(text: string): void {
    this.growing += text;
  }
  stringEnd(): void {
    this.scalar(JSON.stringify(this.growing));
  }
  scalar(text: string): void {
    const { label } = this;
    this.label = "";
    this.add(label + text);
  }
  private add(item: string): void {
    const holder = this.open_.at(-1);
    if (holder === undefined) this.text = item;
    else holder.text += `\0${item}`;
  }
}

test("every value is told of as it is, wherever its text is cut", () => {
  fc.assert(
    fc.property(
      fc.json({ depthSize: "small" }),
      fc.boolean(),
      fc.array(fc.nat(400)),
      (json, spaced, places) => {
        const value: unknown = JSON.parse(json);
        const writer = new Writer();
        const reader = new JsonPieces(writer);
        for (const piece of cut(JSON.stringify(value, null, spaced ? 2 : 0), places)) reader.push(piece);
        reader.end();
        expect(writer.text).toBe(JSON.stringify(value));
      },
    ),
    { numRuns: 50 },
  );
});

test("numbers keep their digits, and strings are told of before they are over", () => {
  const writer = new Writer();
  const reader = new JsonPieces(writer);
  reader.push('{"id":12345678901234567890.10,"name":"Ad');
  const grown: string[] = [];
  writer.more = (text) => grown.push(text);
  reader.push("a Love");
  reader.push("\\u00");
  reader.push('e9"}');
  expect(grown).toEqual(["a Love", "é"]);
  expect(writer.text).toContain("12345678901234567890.10");
});
