import { mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FramePipe, wordsOf } from "./frames.js";
import { UNLIMITED } from "./sequence.js";
import { Service } from "./service.js";

const LETTERS = [...'{}[]",:0123456789abcdefghijklmnopqrstuvwxyz ', '{"', "ab", "<end>", "<stop>"];
const END = LETTERS.length - 2;
const STOP = LETTERS.length - 1;

/** A SentencePiece-like file of one token a character. */
const tokenizer = JSON.stringify({
  added_tokens: [END, STOP].map((id) => ({ id, content: LETTERS[id], special: true })),
  model: {
    type: "Unigram",
    vocab: LETTERS.map((spelling) => [spelling, 0]),
  },
});

let folder: string;
let masks: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-plugin-"));
  masks = openSync(join(folder, "masks"), "w+");
});
afterEach(() => rmSync(folder, { recursive: true }));

function started(): Service {
  const service = new Service();
  service.init({ tokenizer, size: 70, eos: END, masks, rows: 8, whitespace: 0 });
  return service;
}

function rowsOf(count: number): string[] {
  const words = new Uint32Array(count * 3);
  readSync(masks, new Uint8Array(words.buffer), 0, words.byteLength, 0);
  return Array.from({ length: count }, (_, row) =>
    LETTERS.filter((_, id) => (words[row * 3 + (id >>> 5)] >>> (id & 31)) & 1).join(" "),
  );
}

const token = (text: string) => LETTERS.indexOf(text);

describe("Service", () => {
  it("writes the masks of a batch, with one more after each draft, and takes the drafts back", () => {
    const service = started();
    service.compile({ handle: 1, kind: "json", text: '{"const":"ab"}', ends: [END] });
    service.compile({ handle: 2, kind: "json", text: '{"type":"boolean"}', ends: [STOP] });
    const drafts = [token('"'), token("b")];
    const words = Uint32Array.of(2, 1, UNLIMITED, 0, 0, 2, ...drafts, 2, UNLIMITED, 0, 1, 0, token("t"));
    expect(service.step(words, true)).toEqual({ filled: Uint32Array.of(2, 1), failures: {} });
    expect(rowsOf(4)).toEqual(['"', "a ab", rowsOf(4)[2], "r"]);
    const whole = [...'"ab"'].map(token);
    service.step(Uint32Array.of(1, 1, UNLIMITED, 0, 4, 0, ...whole), true);
    expect(rowsOf(1)).toEqual(["<end>"]);
    service.step(Uint32Array.of(1, 2, UNLIMITED, 1, 5, 0, ...[..."false"].map(token)), true);
    expect(rowsOf(1)).toEqual(["<stop>"]);
  });

  it("says which sequence cannot go on, and answers the others", () => {
    const service = started();
    service.compile({ handle: 1, kind: "json", text: '{"const":"ab"}', ends: [END] });
    service.compile({ handle: 2, kind: "json", text: '{"const":"ab"}', ends: [END] });
    const { filled, failures } = service.step(
      Uint32Array.of(3, 1, UNLIMITED, 0, 1, 0, token("x"), 9, UNLIMITED, 0, 0, 0, 2, UNLIMITED, 0, 0, 0),
      true,
    );
    expect([...filled]).toEqual([0, 0, 1]);
    expect(Object.keys(failures)).toEqual(["1", "9"]);
    expect(rowsOf(3)[2]).toBe('"');
  });

  it("refuses what it has to, and forgets", () => {
    const service = started();
    expect(() =>
      service.compile({ handle: 1, kind: "json", text: '{"const":"ab"}', ends: [END], budget: 1 }),
    ).toThrow(/shortest document of this schema needs \d/);
    expect(() => service.compile({ handle: 1, kind: "json", text: '{"type":"odd"}', ends: [END] })).toThrow(
      /type/,
    );
    service.compile({ handle: 1, kind: "json_object", text: "", ends: [END] });
    expect(service.statistics()).toMatchObject({ sequences: 1 });
    service.forget([1]);
    expect(service.statistics()).toMatchObject({ sequences: 0 });
  });
});

describe("FramePipe", () => {
  it("reads frames of any size, several in a row, until the end", () => {
    const path = join(folder, "frames");
    const file = openSync(path, "w+");
    const out = new FramePipe(0, file);
    const contents = [
      new Uint8Array(0),
      Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0),
      new Uint8Array(300_000).fill(7),
    ];
    contents.forEach((content, kind) => void out.write(kind, content));
    const pipe = new FramePipe(openSync(path, "r"), 1);
    contents.forEach((content, kind) => {
      const frame = pipe.read()!;
      expect(frame.kind).toBe(kind);
      expect(Buffer.compare(frame.payload, Buffer.from(content))).toBe(0);
      if (kind === 1) expect([...wordsOf(frame.payload)]).toEqual([1, 2]);
    });
    expect(pipe.read()).toBeUndefined();
  });
});
