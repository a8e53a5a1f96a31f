import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packTables, unpackTables, Vocabulary } from "../../vocabulary/index.js";
import { compileSchema } from "../index.js";
import { largerVocabulary } from "../testing/smallVocabulary.js";
import { keepTables } from "./keptTables.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-tables-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Masks along a document. */
function masksOf(vocabulary: Vocabulary): number[][] {
  const matcher = compileSchema({ type: "object", properties: { a: { pattern: "^b+é" } } }).matcher(
    vocabulary,
  );
  return [...'{"a": "bbb'].map((character) => {
    const mask = new Uint32Array(vocabulary.maskWords);
    matcher.fillMask(mask);
    matcher.accept(character.charCodeAt(0));
    return [...mask];
  });
}

describe("tables of a vocabulary", () => {
  it("are kept for the next process and give the same masks", () => {
    expect(keepTables(largerVocabulary(900), folder)).toBe(false);
    const second = largerVocabulary(900);
    expect(keepTables(second, folder)).toBe(true);
    expect(masksOf(second)).toEqual(masksOf(largerVocabulary(900)));
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it("are those of the same tokens only", () => {
    keepTables(largerVocabulary(50), folder);
    expect(keepTables(largerVocabulary(51), folder)).toBe(false);
    const { tokens, eos } = largerVocabulary(50);
    expect(keepTables(new Vocabulary({ tokens, special: [7, eos], eos }), folder)).toBe(false);
  });

  it("are made anew where a file was changed, cut short, or is of another version", () => {
    keepTables(largerVocabulary(50), folder);
    const path = join(folder, readdirSync(folder)[0]);
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    changed[changed.length - 9] ^= 1;
    const older = Buffer.from(whole);
    older[4] ^= 1;
    for (const content of [changed, older, whole.subarray(0, -4), whole.subarray(0, 3), Buffer.alloc(0)]) {
      writeFileSync(path, content);
      expect(keepTables(largerVocabulary(50), folder)).toBe(false);
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
    expect(keepTables(largerVocabulary(50), folder)).toBe(true);
  });

  it("are bounded in number", () => {
    for (let count = 1; count <= 12; count++) keepTables(largerVocabulary(count), folder);
    expect(readdirSync(folder)).toHaveLength(8);
  });

  it("are made where the folder cannot be used", () => {
    const path = join(folder, "file");
    writeFileSync(path, "");
    const vocabulary = largerVocabulary(50);
    expect(keepTables(vocabulary, join(path, "below"))).toBe(false);
    expect(masksOf(vocabulary)).toEqual(masksOf(largerVocabulary(50)));
  });

  it("can lie in memory that threads share", () => {
    const vocabulary = largerVocabulary(50);
    const packed = packTables(vocabulary.tables, true);
    expect(packed.buffer).toBeInstanceOf(SharedArrayBuffer);
    const other = largerVocabulary(50);
    other.adopt(unpackTables(packed)!);
    expect(masksOf(other)).toEqual(masksOf(vocabulary));
  });
});
