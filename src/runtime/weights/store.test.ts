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
import { float, type GgufTensorData, type GgufValue, ggufBytes } from "../gguf/file.js";
import { readGgufHeader } from "../gguf/header.js";
import { arrangedWeights, discardArranged } from "./store.js";

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

const WIDTH = 64;
/** Blocks of scale 1, minimum -0.5 and ascending weights. */
const weights = Uint8Array.from({ length: ((2 * WIDTH * WIDTH) / 32) * 20 }, (_, i) =>
  i % 20 < 4 ? [0x00, 0x3c, 0x00, 0xb8][i % 20] : (i * 7) & 255,
);

interface Change {
  pairs?: Record<string, GgufValue>;
  /** Beyond those of the model. */
  tensor?: GgufTensorData;
  /** The type of the matrices of the layer. */
  type?: number;
}

function modelBytes({ pairs = {}, tensor, type = Q4_1 }: Change = {}): Buffer {
  const matrix = (name: string, columns: number, rows: number) => {
    const bytes = ((columns * rows) / 32) * 20;
    return { ...{ name, type, bytes }, dimensions: [columns, rows], data: () => weights.subarray(0, bytes) };
  };
  const norm = (name: string) => ({ name, dimensions: [WIDTH], values: new Float32Array(WIDTH).fill(2) });
  const square = (name: string) => matrix(`blk.0.${name}.weight`, WIDTH, WIDTH);
  return ggufBytes(
    {
      "general.architecture": "llama",
      "llama.block_count": 1,
      "llama.context_length": 128,
      "llama.embedding_length": WIDTH,
      "llama.feed_forward_length": 2 * WIDTH,
      "llama.attention.head_count": 2,
      "llama.attention.layer_norm_rms_epsilon": float(1e-5),
      "llama.rope.freq_base": float(1e4),
      "a.list": ["x", "yy"],
      ...pairs,
    },
    [
      { ...matrix("token_embd.weight", WIDTH, 16), type: Q4_1 },
      norm("output_norm.weight"),
      norm("blk.0.attn_norm.weight"),
      ...["attn_q", "attn_k", "attn_v", "attn_output"].map(square),
      norm("blk.0.ffn_norm.weight"),
      matrix("blk.0.ffn_gate.weight", WIDTH, 2 * WIDTH),
      matrix("blk.0.ffn_up.weight", WIDTH, 2 * WIDTH),
      matrix("blk.0.ffn_down.weight", 2 * WIDTH, WIDTH),
      ...(tensor === undefined ? [] : [tensor]),
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

describe("arranged weights", () => {
  it("are in two parts, one matrix where several share an input", () => {
    const { path: file, made } = arrangedWeights(path, store)!;
    expect(made).toBe(true);
    const { tensors, scalars } = readGgufHeader(file);
    expect(
      Object.fromEntries(tensors.map(({ name, type, dimensions }) => [name, [type, ...dimensions]])),
    ).toEqual({
      "token_embd.weight": [Q4_1, WIDTH, 16],
      "output_norm.weight": [F32, WIDTH],
      "output.weight": [Q4_0, WIDTH, 16],
      "output.terms": [F32, 16, 2],
      "blk.0.attn_norm.weight": [F32, WIDTH],
      "blk.0.ffn_norm.weight": [F32, WIDTH],
      "blk.0.attn_qkv.weight": [Q4_0, WIDTH, 3 * WIDTH],
      "blk.0.attn_qkv.terms": [F32, 3 * WIDTH, 2],
      "blk.0.attn_output.weight": [Q4_0, WIDTH, WIDTH],
      "blk.0.attn_output.terms": [F32, WIDTH, 2],
      "blk.0.ffn_gate_up.weight": [Q4_0, WIDTH, 4 * WIDTH],
      "blk.0.ffn_gate_up.terms": [F32, 4 * WIDTH, 2],
      "blk.0.ffn_down.weight": [Q4_0, 2 * WIDTH, WIDTH],
      "blk.0.ffn_down.terms": [F32, WIDTH, 4],
    });
    expect(JSON.parse(scalars.get("formwork.shape") as string)).toEqual({
      ...{ layers: 1, width: WIDTH, heads: 2, keyHeads: 2, headWidth: 32, feedForward: 2 * WIDTH },
      ...{ vocabulary: 16, trainedContext: 128, epsilon: Math.fround(1e-5), frequencyBase: 1e4 },
      parameters: WIDTH * 16 + 3 * WIDTH + 4 * WIDTH * WIDTH + 3 * 2 * WIDTH * WIDTH,
    });
    expect(dataOf(file, "token_embd.weight", 640)).toEqual(weights.subarray(0, 640));
    // Each matrix begins a block of the same weights, without its minimum.
    const block = Uint8Array.from([...weights.subarray(0, 2), ...weights.subarray(4, 20)]);
    const joined = dataOf(file, "blk.0.attn_qkv.weight", (3 * WIDTH * WIDTH * 18) / 32);
    for (const part of [0, 1, 2]) {
      const start = (part * WIDTH * WIDTH * 18) / 32;
      expect(joined.subarray(start, start + 18)).toEqual(block);
    }
    const terms = new Float32Array(dataOf(file, "blk.0.ffn_down.terms", WIDTH * 4 * 4).buffer);
    expect(terms).toEqual(Float32Array.from({ length: WIDTH * 4 }, () => 7.5));
  });

  it("are made once, and anew when the file is another one", () => {
    const first = arrangedWeights(path, store)!;
    expect(arrangedWeights(path, store)).toEqual({ ...first, made: false });
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    const second = arrangedWeights(path, store)!;
    expect(second.made).toBe(true);
    expect(second.path).not.toBe(first.path);
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

  const vector = (name: string) => ({ name, dimensions: [WIDTH], values: new Float32Array(WIDTH) });
  it.each<[string, Change]>([
    ["another architecture", { pairs: { "general.architecture": "phi3" } }],
    ["one of several files", { pairs: { "split.count": 2 } }],
    ["a setting that changes what is computed", { pairs: { "llama.rope.scaling.type": "yarn" } }],
    ["experts", { pairs: { "llama.expert_count": 8 } }],
    ["values of another width", { pairs: { "llama.attention.value_length": 16 } }],
    ["heads that are rotated in part", { pairs: { "llama.rope.dimension_count": 16 } }],
    ["a layer that is not there", { pairs: { "llama.block_count": 2 } }],
    ["a bias", { tensor: vector("blk.0.attn_q.bias") }],
    ["a tensor of another size", { pairs: { "llama.feed_forward_length": 96 } }],
    ["weights of another type", { type: 20 }],
  ])("are not made of %s", (_, change) => {
    writeFileSync(path, modelBytes(change));
    expect(arrangedWeights(path, store)).toBeNull();
  });

  it("leave nothing half done behind", () => {
    const bytes = modelBytes();
    writeFileSync(path, bytes.subarray(0, bytes.length - 60));
    expect(() => arrangedWeights(path, store)).toThrow();
    expect(readdirSync(store)).toEqual([]);
  });
});
