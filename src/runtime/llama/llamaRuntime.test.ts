import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ggufBytes } from "../gguf/file.js";
import { inspectGguf } from "../gguf/inspect.js";
import { writeTinyModel } from "../gguf/tinyModel.js";
import type { Runtime } from "../runtime.js";
import { loadLlamaRuntime } from "./load.js";

let folder: string;
let path: string;
let runtime: Runtime;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "formwork-llama-"));
  path = join(folder, "tiny.gguf");
  writeTinyModel(path, { tokenizer: "spm" });
  runtime = await loadLlamaRuntime({
    path,
    maxSequences: 3,
    contextLength: 160,
    cellCapacity: 256,
    batchCapacity: 64,
    logitRows: 16,
    threads: 1,
  });
});

afterAll(() => {
  runtime.close();
  rmSync(folder, { recursive: true, force: true });
});

function feed(sequence: number, from: number, tokens: ArrayLike<number>): Float32Array {
  runtime.batchClear();
  let row = -1;
  for (let i = 0; i < tokens.length; i++) {
    row = runtime.batchAdd(tokens[i], from + i, sequence, i === tokens.length - 1);
  }
  runtime.decode();
  return runtime.logits(row);
}

function best(logits: Float32Array): number {
  let id = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[id]) id = i;
  return id;
}

/** The furthest that two rows are apart. */
function distance(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

const text = (tokens: ArrayLike<number>): string =>
  Buffer.from(runtime.vocabulary.bytesOf(tokens)).toString("utf8");

describe("a SentencePiece vocabulary", () => {
  it("is the one that the file's own header spells", () => {
    const own = inspectGguf(path).vocabulary();
    const { vocabulary } = runtime;
    expect(vocabulary.tokens.map((token) => [...token])).toEqual(own.tokens.map((token) => [...token]));
    for (let id = 0; id < own.size; id++)
      expect(vocabulary.isSpecial(id), `token ${id}`).toBe(own.isSpecial(id));
    expect(vocabulary.eos).toBe(2);
  });

  it("puts a space in front of a document, but not in the middle of an answer", () => {
    const cut = (tokens: ArrayLike<number>): string[] =>
      [...Array.from(tokens)].map((token) => text([token]));
    expect(cut(runtime.tokenize("the cat"))).toEqual([" the", " cat"]);
    const inAnswer = (sample: string): string[] => cut(runtime.vocabulary.tokenize?.(sample) ?? []);
    expect(inAnswer("the cat")).toEqual(["the", " cat"]);
    expect(inAnswer('{"name":')).toEqual(['{"', "name", '":']);
    expect(inAnswer(" the")).toEqual([" the"]);
    for (const sample of ["\nthe", "\u0001\u0001", "Zo\u00eb \ud83d\ude00", ""])
      expect(inAnswer(sample).length === 0 ? "" : text(runtime.vocabulary.tokenize?.(sample) ?? [])).toBe(
        sample,
      );
  });

  it("makes a prompt without a template, and one with a template that ends its answers its own way", async () => {
    expect(runtime.renderChat([{ role: "user", content: "hi" }])).toBe(
      "<s>### User:\nhi\n\n### Assistant:\n",
    );
    const other = join(folder, "chat.gguf");
    writeTinyModel(other, {
      tokenizer: "bpe",
      chatTemplate: "{% for m in messages %}<|im_start|>{{ m['content'] }}<|im_end|>{% endfor %}",
    });
    const chat = await loadLlamaRuntime({ path: other, maxSequences: 1, threads: 1 });
    expect(chat.vocabulary.eos).toBe(2);
    expect(chat.model.endOfTurn).toEqual([0]);
    expect([...chat.tokenize(chat.renderChat([{ role: "user", content: "a" }]), true)]).toEqual([
      1,
      3 + 0x61,
      2,
    ]);
    chat.close();
  });
});

describe("decoding", () => {
  it("keeps sequences in one batch apart", () => {
    const first = runtime.tokenize("the cat and the name");
    const second = runtime.tokenize("one two three");
    for (const sequence of [0, 1, 2]) runtime.removeCells(sequence, 0, -1);
    const alone = [feed(0, 0, first).slice(), feed(1, 0, second).slice()];
    for (const sequence of [0, 1]) runtime.removeCells(sequence, 0, -1);
    runtime.batchClear();
    const rows: number[] = [];
    for (let i = 0; i < first.length; i++) rows[0] = runtime.batchAdd(first[i], i, 0, i === first.length - 1);
    for (let i = 0; i < second.length; i++)
      rows[1] = runtime.batchAdd(second[i], i, 1, i === second.length - 1);
    expect(rows).toEqual([0, 1]);
    runtime.decode();
    for (const row of rows) {
      expect(best(runtime.logits(row))).toBe(best(alone[row]));
      expect(distance(runtime.logits(row), alone[row])).toBeLessThan(0.01);
    }
  });

  it("gives the rows that were asked for, wherever they are in the batch", () => {
    const tokens = runtime.tokenize("one two three four");
    runtime.removeCells(0, 0, -1);
    const one = [...tokens].map((token, at) => feed(0, at, [token]).slice());
    runtime.removeCells(0, 0, -1);
    runtime.batchClear();
    for (let i = 0; i < tokens.length; i++) runtime.batchAdd(tokens[i], i, 0, i % 2 === 1);
    runtime.decode();
    for (let i = 1, row = 0; i < tokens.length; i += 2, row++) {
      expect(distance(runtime.logits(row), one[i])).toBeLessThan(0.01);
    }
    expect(() => runtime.logits(tokens.length)).toThrow(/no logits in row/);
  });

  it("shares the cells of a prefix and takes tokens back", () => {
    const prefix = runtime.tokenize("the quick brown fox jumps over the lazy");
    for (const sequence of [0, 1, 2]) runtime.removeCells(sequence, 0, -1);
    const straight = feed(0, 0, [...prefix, 42, 43]).slice();
    runtime.copyCells(0, 1, 0, prefix.length);
    expect(distance(feed(1, prefix.length, [42, 43]), straight)).toBeLessThan(0.01);
    feed(0, prefix.length + 2, [77, 78]);
    runtime.removeCells(0, prefix.length, -1);
    expect(distance(feed(0, prefix.length, [42, 43]), straight)).toBeLessThan(0.01);
    // Sharing costs no cells: a prefix of 100 in three sequences fits into 256 cells.
    for (const sequence of [0, 1, 2]) runtime.removeCells(sequence, 0, -1);
    const long = Array.from({ length: 100 }, (_, i) => 100 + i);
    feed(0, 0, long.slice(0, 50));
    feed(0, 50, long.slice(50));
    runtime.copyCells(0, 1, 0, -1);
    runtime.copyCells(0, 2, 0, -1);
    for (const sequence of [0, 1, 2]) expect(feed(sequence, 100, [5])).toHaveLength(runtime.vocabulary.size);
  });

  it("refuses what it cannot do and goes on afterwards", () => {
    const fails = (work: () => unknown, reason: RegExp): void =>
      expect(work).toThrow(
        expect.objectContaining({ code: "internal", message: expect.stringMatching(reason) }),
      );
    for (const sequence of [0, 1, 2]) runtime.removeCells(sequence, 0, -1);
    runtime.batchClear();
    fails(() => runtime.batchAdd(runtime.vocabulary.size, 0, 0, false), /no token \d+/);
    fails(() => runtime.batchAdd(1, 0, 3, false), /no sequence 3/);
    fails(() => {
      for (let i = 0; i < 65; i++) runtime.batchAdd(1, i, 0, false);
    }, /full at 64/);
    runtime.batchClear();
    fails(() => {
      for (let i = 0; i < 17; i++) runtime.batchAdd(1, i, 0, true);
    }, /at most 16 rows/);
    fails(() => feed(0, 5, [1]) && feed(0, 9, [1]), /invalid: positions/);
    runtime.removeCells(0, 0, -1);
    const long = Array.from({ length: 64 }, () => 7);
    for (const at of [0, 64]) for (const sequence of [0, 1]) feed(sequence, at, long);
    fails(() => feed(2, 0, [1]), /No room for 1 more tokens among the 256 KV cells/);
    runtime.removeCells(0, 0, -1);
    expect(feed(2, 0, [1])).toHaveLength(runtime.vocabulary.size);
    runtime.batchClear();
    runtime.decode();
    fails(() => runtime.logits(0), /no logits/);
  });
});

describe("loading what cannot be loaded", () => {
  async function refused(file: string, bytes: Uint8Array | null, reason: RegExp): Promise<void> {
    const broken = join(folder, file);
    if (bytes !== null) writeFileSync(broken, bytes);
    await expect(loadLlamaRuntime({ path: broken, maxSequences: 1 })).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(reason),
    });
  }

  it("says what is wrong with the file", async () => {
    const whole = readFileSync(path);
    await refused("absent.gguf", null, /no readable model file/);
    await refused("text.gguf", Buffer.from("hello"), /not a GGUF model file/);
    await refused("header.gguf", whole.subarray(0, 2000), /inside its header/);
    await refused("weights.gguf", whole.subarray(0, 60_000), /before its last weights/);
    await refused(
      "last.gguf",
      whole.subarray(0, whole.length - 100),
      /could not be loaded: .*(corrupt|incomplete|bounds)/,
    );
    await refused("kind.gguf", ggufBytes({ "general.architecture": "no-such-thing" }), /no-such-thing/);
    await expect(loadLlamaRuntime({ path: folder, maxSequences: 1 })).rejects.toThrow(
      /cannot be read; is it a file/,
    );
  });

  it("says when the context or its memory is too large, or a number makes no sense", async () => {
    await expect(loadLlamaRuntime({ path, maxSequences: 1, contextLength: 600 })).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(/600 positions is too large: the model was trained on 512/),
    });
    // The failure is there before whoever prepares the vocabulary is ready.
    const onVocabulary = () => new Promise<void>((resolve) => setTimeout(resolve, 50));
    await expect(
      loadLlamaRuntime({ path, maxSequences: 1, cellCapacity: 2_000_000_000, onVocabulary }),
    ).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(/2000000\d* KV cells take \d+ MB of memory, \d+ MB are free.*quantised/),
    });
    await expect(loadLlamaRuntime({ path, maxSequences: 0 })).rejects.toMatchObject({ code: "wrong_usage" });
    await expect(loadLlamaRuntime({ path, maxSequences: 1, threads: 1.5 })).rejects.toThrow(
      /threads must be/,
    );
  });

  it("takes quantised cells, and gives memory back again and again", async () => {
    let resident = 0;
    for (let round = 0; round < 4; round++) {
      const other = await loadLlamaRuntime({
        path,
        maxSequences: 1,
        threads: 1,
        contextLength: 512,
        kvType: "q8_0",
        mmap: round > 0,
      });
      other.batchClear();
      other.batchAdd(1, 0, 0, true);
      other.decode();
      expect(other.logits(0)[1]).toBeTypeOf("number");
      other.close();
      other.close();
      expect(() => other.decode()).toThrow(/closed/);
      if (round === 1) resident = process.memoryUsage.rss();
    }
    expect(process.memoryUsage.rss() - resident).toBeLessThan(60e6);
  });
});
