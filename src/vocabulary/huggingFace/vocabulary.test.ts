import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vocabularyFromTokenizer } from "./vocabulary.js";

const decoder = new TextDecoder();
const BYTES = Array.from({ length: 256 }, (_, byte) => byte);

/** GPT-2's alphabet, written down a second time: printable bytes as themselves, others from U+0100 on. */
const alphabet = (() => {
  let next = 0x100;
  return BYTES.map((byte) =>
    String.fromCharCode((byte > 32 && byte < 127) || (byte > 160 && byte !== 173) ? byte : next++),
  );
})();

const byteLevel = {
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
  decoder: { type: "ByteLevel" },
  added_tokens: [
    { id: 260, content: "<end>", special: true },
    { id: 261, content: "<think>", special: false },
  ],
  model: {
    type: "BPE",
    vocab: Object.fromEntries([...alphabet, "he", "ll", "hell", "Ġhe"].map((spelling, id) => [spelling, id])),
    merges: ["h e", ["l", "l"], "he ll", "Ġ he"],
  },
};

const sentencePiece = {
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "Prepend", prepend: "\u2581" },
      { type: "Replace", pattern: { String: " " }, content: "\u2581" },
    ],
  },
  pre_tokenizer: null,
  decoder: {
    type: "Sequence",
    decoders: [{ type: "Replace", pattern: { String: "\u2581" }, content: " " }, { type: "ByteFallback" }],
  },
  added_tokens: [
    { id: 0, content: "<unk>", special: true },
    { id: 1, content: "</s>", special: true },
  ],
  model: {
    type: "BPE",
    byte_fallback: true,
    unk_token: "<unk>",
    vocab: Object.fromEntries(
      [
        ...["<unk>", "</s>"],
        ...BYTES.map((byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
        ...["\u2581", "a", "b", "ab", "\u2581ab", "é"],
      ].map((spelling, id) => [spelling, id]),
    ),
    merges: ["a b", "\u2581 ab"],
  },
};

describe("vocabularyFromTokenizer", () => {
  it("reads byte-level tokens, added ones and the padding of the output layer", () => {
    const vocabulary = vocabularyFromTokenizer(byteLevel, { eos: 260, size: 320 });
    expect(vocabulary.size).toBe(320);
    expect(vocabulary.tokens[0]).toEqual(Uint8Array.of(0));
    expect(vocabulary.tokens[200]).toEqual(Uint8Array.of(200));
    expect(decoder.decode(vocabulary.tokens[259])).toBe(" he");
    expect(decoder.decode(vocabulary.tokens[261])).toBe("<think>");
    expect([260, 262, 319].map((id) => vocabulary.isSpecial(id))).toEqual([true, true, true]);
    expect(vocabulary.isSpecial(261)).toBe(false);
  });

  it("reads SentencePiece with byte fallback", () => {
    const vocabulary = vocabularyFromTokenizer(sentencePiece, { eos: 1 });
    expect(vocabulary.tokens[2 + 0xe9]).toEqual(Uint8Array.of(0xe9));
    expect(decoder.decode(vocabulary.tokens[2 + 256 + 4])).toBe(" ab");
    expect(vocabulary.isSpecial(0)).toBe(true);
  });

  it("merges in order of rank, inside the pieces of the pre-tokenizer", () => {
    const { tokenize, tokens } = vocabularyFromTokenizer(byteLevel, { eos: 260 });
    const parts = (text: string) => [...tokenize!(text)].map((id) => decoder.decode(tokens[id]));
    expect(parts("hello hello")).toEqual(["hell", "o", " ", "hell", "o"]);
    expect(parts("<end>")).toEqual(["<", "e", "n", "d", ">"]);
    expect(parts("a<think>")).toEqual([]);
    const pieces = vocabularyFromTokenizer(sentencePiece, { eos: 1 });
    expect(
      [...pieces.tokenize!("ab é ü")].map((id) => Buffer.from(pieces.tokens[id]).toString("hex")),
    ).toEqual(["6162", "20", "c3a9", "20", "c3", "bc"]);
  });

  it("spells any text exactly, whatever the tokenizer", () => {
    for (const file of [byteLevel, sentencePiece]) {
      const vocabulary = vocabularyFromTokenizer(file, { eos: 1 });
      fc.assert(
        fc.property(fc.string({ unit: "grapheme" }), (text) => {
          const spelled = vocabulary.bytesOf(vocabulary.tokenize!(text));
          expect(decoder.decode(spelled)).toBe(text);
        }),
      );
    }
  });

  it("has no tokenizer where it would have to guess, and refuses what does not concatenate", () => {
    const strange = { ...byteLevel, pre_tokenizer: { type: "BertPreTokenizer" } };
    const vocabulary = vocabularyFromTokenizer(strange, { eos: 260 });
    expect(vocabulary.tokenize).toBeUndefined();
    const wordPiece = { ...byteLevel, model: { ...byteLevel.model, type: "WordPiece" } };
    expect(() => vocabularyFromTokenizer(wordPiece, { eos: 260 })).toThrow(/WordPiece/);
    expect(() => vocabularyFromTokenizer({}, { eos: 0 })).toThrow(/BPE and Unigram/);
  });
});

const folder = new URL("../../../../shared/maskbench/", import.meta.url);
const present = existsSync(new URL("tokenizer.json", folder));

describe.skipIf(!present)("the tokenizer of SmolLM2 (skipped where its file is absent)", () => {
  const file = present ? JSON.parse(readFileSync(new URL("tokenizer.json", folder), "utf8")) : {};

  it("has the bytes that the benchmark's vocabulary has", () => {
    const expected = JSON.parse(readFileSync(new URL("vocabulary.json", folder), "utf8"));
    const vocabulary = vocabularyFromTokenizer(file, { eos: expected.eos });
    expect(vocabulary.size).toBe(expected.tokens.length);
    const special = new Set<number>(expected.special);
    const found = vocabulary.tokens.map((bytes, id) =>
      vocabulary.isSpecial(id) ? "special" : Buffer.from(bytes).toString("hex"),
    );
    expect(found).toEqual(
      expected.tokens.map((hex: string, id: number) => (special.has(id) ? "special" : hex)),
    );
  });

  it("cuts real documents as the tokenizers library does", async () => {
    const vocabulary = vocabularyFromTokenizer(file, { eos: 2 });
    const content = createReadStream(new URL("cases.ndjson.gz", folder)).pipe(createGunzip());
    let texts = 0;
    for await (const line of createInterface({ input: content })) {
      for (const { text, tokens } of JSON.parse(line).tests) {
        // An added token inside a text is text for us.
        if (text.includes("<")) continue;
        expect([...vocabulary.tokenize!(text)]).toEqual(tokens);
        texts++;
      }
      if (texts > 1500) break;
    }
    content.destroy();
    expect(texts).toBeGreaterThan(1000);
  });
});
