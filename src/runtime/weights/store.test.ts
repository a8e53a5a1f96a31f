import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { float, ggufBytes } from "../gguf/file.js";
import { readGgufHeader } from "../gguf/header.js";
import { arrangedWeights, discardArranged } from "./store.js";
import { blockSums, rankOf } from "./twoParts.js";

const F32 = 0;
const Q4_0 = 2;
const Q4_1 = 3;

let folder: string;
let store: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-arranged-"));
  store = join(folder, "arranged");
  path = join(folder, "model.gguf");
  writeFileSync(path, modelBytes());
});

afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true, force: true });
});

const COLUMNS = 64;
const ROWS = 8;
const ones = Float32Array.of(1, 2, 3, 4);
/** Sixteen blocks of scale 1, minimum -0.5 and ascending weights. */
const weights = Uint8Array.from({ length: ((ROWS * COLUMNS) / 32) * 20 }, (_, i) =>
  i % 20 < 4 ? [0x00, 0x3c, 0x00, 0xb8][i % 20] : (i * 7) & 255,
);

function modelBytes({ architecture = "llama", rows = ROWS, files = 1 } = {}): Buffer {
  const matrix = (name: string) => ({
    ...{ name, dimensions: [COLUMNS, rows], type: Q4_1, bytes: (weights.length * rows) / ROWS },
    data: () => weights.subarray(0, (weights.length * rows) / ROWS),
  });
  return ggufBytes(
    {
      "general.architecture": architecture,
      "split.count": files,
      "llama.rope.freq_base": float(1e4),
      "a.list": ["x", "yy"],
    },
    [
      matrix("blk.0.attn_q.weight"),
      { name: "output_norm.weight", dimensions: [4], values: ones },
      matrix("token_embd.weight"),
      matrix("blk.0.ffn_down.weight"),
    ],
  );
}

/** The bytes of a tensor in a file. */
function dataOf(file: string, name: string, bytes: number): Uint8Array {
  const header = readGgufHeader(file);
  const { offset } = header.tensors.find((one) => one.name === name)!;
  return Uint8Array.from(
    readFileSync(file).subarray(header.dataOffset + offset, header.dataOffset + offset + bytes),
  );
}

const types = (file: string) =>
  Object.fromEntries(readGgufHeader(file).tensors.map(({ name, type }) => [name, type]));

describe("arranged weights", () => {
  it("are a model of the same pairs and tensors and an adapter for it", () => {
    const { base, terms, made } = arrangedWeights(path, store)!;
    expect(made).toBe(true);
    const header = readGgufHeader(base);
    expect([...header.scalars]).toEqual([...readGgufHeader(path).scalars]);
    expect(header.arrays.get("a.list")).toEqual(readGgufHeader(path).arrays.get("a.list"));
    expect(types(base)).toEqual({
      "blk.0.attn_q.weight": Q4_0,
      "output_norm.weight": F32,
      "blk.0.ffn_down.weight": Q4_0,
      "token_embd.weight": Q4_1,
    });
    expect(dataOf(base, "output_norm.weight", 16)).toEqual(new Uint8Array(ones.buffer));
    expect(dataOf(base, "token_embd.weight", weights.length)).toEqual(weights);
    // A block of the base is one of the file without its minimum.
    expect(dataOf(base, "blk.0.attn_q.weight", 18)).toEqual(
      Uint8Array.from([...weights.subarray(0, 2), ...weights.subarray(4, 20)]),
    );
    expect(types(terms)).toEqual({
      "blk.0.attn_q.weight.lora_a": Q4_1,
      "blk.0.attn_q.weight.lora_b": F32,
      "blk.0.ffn_down.weight.lora_a": Q4_1,
      "blk.0.ffn_down.weight.lora_b": F32,
    });
    expect(readGgufHeader(terms).scalars.get("general.type")).toBe("adapter");
    const sums = blockSums(COLUMNS);
    expect(dataOf(terms, "blk.0.ffn_down.weight.lora_a", sums.length)).toEqual(sums);
    const rank = rankOf(COLUMNS);
    const b = new Float32Array(dataOf(terms, "blk.0.ffn_down.weight.lora_b", ROWS * rank * 4).buffer);
    expect(b).toEqual(Float32Array.from({ length: ROWS * rank }, () => 7.5));
  });

  it("are made once, and anew when the file is another one", () => {
    const first = arrangedWeights(path, store)!;
    expect(arrangedWeights(path, store)).toEqual({ ...first, made: false });
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    const second = arrangedWeights(path, store)!;
    expect(second.made).toBe(true);
    expect(second.base).not.toBe(first.base);
    expect(readdirSync(store)).toHaveLength(1);
    discardArranged(second);
    expect(arrangedWeights(path, store)!.made).toBe(true);
  });

  it("go with their file; those of other files stay", () => {
    const other = join(folder, "other.gguf");
    copyFileSync(path, other);
    arrangedWeights(path, store);
    arrangedWeights(other, store);
    expect(readdirSync(store)).toHaveLength(2);
    rmSync(path);
    writeFileSync(join(folder, "third.gguf"), modelBytes());
    arrangedWeights(join(folder, "third.gguf"), store);
    expect(readdirSync(store)).toHaveLength(2);
  });

  it("are not there for a file without such weights", () => {
    const others = [{ architecture: "phi3" }, { rows: 4 }, { files: 2 }].map((one) => modelBytes(one));
    for (const bytes of [...others, ggufBytes({ a: 1 })]) {
      writeFileSync(path, bytes);
      expect(arrangedWeights(path, store)).toBeNull();
    }
  });

  it("leave nothing half done behind", () => {
    const bytes = modelBytes();
    writeFileSync(path, bytes.subarray(0, bytes.length - 60));
    expect(() => arrangedWeights(path, store)).toThrow();
    expect(readdirSync(store)).toEqual([]);
  });
});
