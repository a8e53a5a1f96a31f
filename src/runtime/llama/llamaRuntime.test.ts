import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import { inspectGguf } from "../gguf/inspect.js";
import { ggufBytes } from "../gguf/testing.js";
import type { Runtime } from "../runtime.js";
import { loadLlamaRuntime } from "./load.js";

let path: string;
let runtime: Runtime;
const stages: string[] = [];
const progress: number[] = [];

beforeAll(async () => {
  path = await defaultModelPath();
  runtime = await loadLlamaRuntime({
    path,
    maxSequences: 3,
    contextLength: 256,
    cellCapacity: 512,
    batchCapacity: 128,
    threads: 1,
    onStage: (stage) => stages.push(stage),
    onProgress: (share) => progress.push(share),
  });
});

afterAll(() => runtime.close());

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

/** `count` tokens written greedily after `prompt` in a sequence of its own. */
function write(sequence: number, prompt: ArrayLike<number>, count: number): number[] {
  runtime.removeCells(sequence, 0, -1);
  const written: number[] = [];
  let logits = feed(sequence, 0, prompt);
  for (let at = prompt.length; written.length < count; at++) {
    written.push(best(logits));
    logits = feed(sequence, at, [written[written.length - 1]]);
  }
  return written;
}

const text = (tokens: ArrayLike<number>): string =>
  Buffer.from(runtime.vocabulary.bytesOf(tokens)).toString("utf8");

describe("a loaded model", () => {
  it("says what it is and how it came there", () => {
    expect(runtime.model).toMatchObject({
      architecture: "llama",
      parameters: 134_515_008,
      trainedContext: 8192,
    });
    expect(runtime).toMatchObject({
      contextLength: 256,
      maxSequences: 3,
      batchCapacity: 128,
      cellCapacity: 512,
    });
    expect(stages).toEqual(["library", "load", "vocabulary", "context"]);
    expect(progress.at(-1)).toBe(1);
    expect(runtime.memoryBytes().model).toBeGreaterThan(90e6);
    expect(runtime.memoryBytes().context).toBeGreaterThan(0);
  });

  it("has the vocabulary that the file's own header spells", () => {
    const own = inspectGguf(path).vocabulary();
    const { vocabulary } = runtime;
    expect(vocabulary.size).toBe(own.size);
    expect(vocabulary.eos).toBe(own.eos);
    for (let id = 0; id < own.size; id++) {
      if (
        Buffer.compare(own.tokens[id], vocabulary.tokens[id]) !== 0 ||
        own.isSpecial(id) !== vocabulary.isSpecial(id)
      ) {
        expect.fail(`token ${id} differs`);
      }
    }
    expect(runtime.model.endOfTurn).not.toContain(vocabulary.eos);
    for (const id of runtime.model.endOfTurn) expect(vocabulary.isSpecial(id)).toBe(true);
  });

  it("cuts text into tokens that spell it, whatever the text", () => {
    for (const sample of [
      '{"name": "Zo\u00eb", "n": -1.5e3}\n',
      "\u65e5\u672c\u8a9e \ud83d\ude00\u0000\t",
      " leading",
      "",
      "<|im_end|>",
    ]) {
      expect(text(runtime.tokenize(sample)), JSON.stringify(sample)).toBe(sample);
      expect(text(runtime.vocabulary.tokenize?.(sample) ?? []), JSON.stringify(sample)).toBe(sample);
    }
    expect([...runtime.tokenize("<|im_end|>", true)]).toEqual([runtime.vocabulary.eos]);
    expect(runtime.tokenize("<|im_end|>").length).toBeGreaterThan(1);
    expect(text(runtime.tokenize("word ".repeat(5000)))).toBe("word ".repeat(5000));
  });

  it("renders the chat template of the file", () => {
    const prompt = runtime.renderChat([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi" },
    ]);
    expect(prompt).toBe(
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    );
  });
});

describe("decoding", () => {
  it("writes sense, and the same whenever it is asked", () => {
    const prompt = runtime.tokenize("The capital of France is");
    const written = write(0, prompt, 12);
    expect(text(written)).toMatch(/^ Paris/);
    expect(write(0, prompt, 12)).toEqual(written);
  });

  it("keeps sequences in one batch apart", () => {
    const first = runtime.tokenize("The capital of France is");
    const second = runtime.tokenize("Two plus two is");
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
      expect(distance(runtime.logits(row), alone[row])).toBeLessThan(0.5);
    }
  });

  it("gives the rows that were asked for, wherever they are in the batch", () => {
    const tokens = runtime.tokenize("One, two, three, four");
    runtime.removeCells(0, 0, -1);
    const one = [...tokens].map((token, at) => feed(0, at, [token]).slice());
    runtime.removeCells(0, 0, -1);
    runtime.batchClear();
    for (let i = 0; i < tokens.length; i++) runtime.batchAdd(tokens[i], i, 0, i % 2 === 1);
    runtime.decode();
    for (let i = 1, row = 0; i < tokens.length; i += 2, row++) {
      expect(distance(runtime.logits(row), one[i])).toBeLessThan(0.5);
    }
    expect(() => runtime.logits(tokens.length)).toThrow(/no logits in row/);
  });

  it("shares the cells of a prefix and takes tokens back", () => {
    const prefix = runtime.tokenize("The quick brown fox jumps over the lazy");
    for (const sequence of [0, 1, 2]) runtime.removeCells(sequence, 0, -1);
    const straight = feed(0, 0, [...prefix, 42, 43]).slice();
    runtime.copyCells(0, 1, 0, prefix.length);
    expect(distance(feed(1, prefix.length, [42, 43]), straight)).toBeLessThan(0.5);
    feed(0, prefix.length + 2, [77, 78]);
    runtime.removeCells(0, prefix.length, -1);
    expect(distance(feed(0, prefix.length, [42, 43]), straight)).toBeLessThan(0.5);
    // Sharing costs no cells: a prefix of 200 in three sequences fits into 512 cells.
    for (const sequence of [0, 1, 2]) runtime.removeCells(sequence, 0, -1);
    const long = Array.from({ length: 200 }, (_, i) => 100 + i);
    feed(0, 0, long.slice(0, 100));
    feed(0, 100, long.slice(100));
    runtime.copyCells(0, 1, 0, -1);
    runtime.copyCells(0, 2, 0, -1);
    for (const sequence of [0, 1, 2]) expect(feed(sequence, 200, [5])).toHaveLength(runtime.vocabulary.size);
  });

  it("refuses what it cannot do and goes on afterwards", () => {
    const fails = (work: () => unknown, reason: RegExp): void =>
      expect(work).toThrow(
        expect.objectContaining({ code: "internal", message: expect.stringMatching(reason) }),
      );
    for (const sequence of [0, 1, 2]) runtime.removeCells(sequence, 0, -1);
    runtime.batchClear();
    fails(() => runtime.batchAdd(49_152, 0, 0, false), /no token 49152/);
    fails(() => runtime.batchAdd(1, 0, 3, false), /no sequence 3/);
    fails(() => {
      for (let i = 0; i < 129; i++) runtime.batchAdd(1, i, 0, false);
    }, /full at 128/);
    runtime.batchClear();
    fails(() => {
      for (let i = 0; i < 65; i++) runtime.batchAdd(1, i, 0, true);
    }, /at most 64 rows/);
    fails(() => feed(0, 5, [1]) && feed(0, 9, [1]), /invalid: positions/);
    runtime.removeCells(0, 0, -1);
    const long = Array.from({ length: 128 }, () => 7);
    for (const at of [0, 128]) for (const sequence of [0, 1]) feed(sequence, at, long);
    fails(() => feed(2, 0, [1]), /No room for 1 more tokens among the 512 KV cells/);
    runtime.removeCells(0, 0, -1);
    expect(feed(2, 0, [1])).toHaveLength(49_152);
    runtime.batchClear();
    runtime.decode();
    fails(() => runtime.logits(0), /no logits/);
  });
});

describe("loading what cannot be loaded", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "formwork-llama-"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
    await refused("header.gguf", whole.subarray(0, 50_000), /inside its header/);
    await refused("weights.gguf", whole.subarray(0, 50_000_000), /before its last weights/);
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
    await expect(loadLlamaRuntime({ path, maxSequences: 1, contextLength: 9000 })).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(/9000 positions is too large: the model was trained on 8192/),
    });
    await expect(
      loadLlamaRuntime({ path, maxSequences: 1, cellCapacity: 2_000_000_000 }),
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
    expect(process.memoryUsage.rss() - resident).toBeLessThan(150e6);
  });
});
