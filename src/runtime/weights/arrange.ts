/** Writes the weights of a model file anew: in two parts each, and those that share an input in one matrix. */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { GgufHeader, GgufTensor } from "../gguf/header.js";
import { type NewTensor, pairs, writeGguf } from "../gguf/writer.js";
import { type ModelShape, shapeOf } from "./shape.js";
import { BLOCK, Q4_0_BYTES, Q4_1_BYTES, splitRows } from "./twoParts.js";

/** Numbers of `ggml_type`. */
const F32 = 0;
const Q4_0 = 2;
const Q4_1 = 3;

/** Rows that the faster kernels compute at a time; matrices of another number would stay slow. */
const ROWS_AT_ONCE = 8;

/** The matrices of a layer as they are written, and what of the file each is made of, from the top. */
export const LAYER_MATRICES = {
  attn_qkv: ["attn_q", "attn_k", "attn_v"],
  attn_output: ["attn_output"],
  ffn_gate_up: ["ffn_gate", "ffn_up"],
  ffn_down: ["ffn_down"],
} as const;

/** Where the shape stands in the file: a text, `ModelShape` as JSON. */
export const SHAPE_KEY = "formwork.shape";

/** The shape of a model whose weights can be arranged so; null for another. */
export function arrangeable(header: GgufHeader): ModelShape | null {
  const shape = shapeOf(header);
  if (shape === null) return null;
  const fits = header.tensors.every(({ name, type, dimensions }) => {
    if (dimensions.length === 1) return type === F32;
    return !name.startsWith("blk.") || (type === Q4_1 && dimensions[1] % ROWS_AT_ONCE === 0);
  });
  return fits ? shape : null;
}

/** Writes the weights of the file at `path`, whose header is given, to a new file at `target`. */
export function arrange(path: string, header: GgufHeader, shape: ModelShape, target: string): void {
  const source = openSync(path, "r");
  try {
    const reader = new TensorReader(path, source, header);
    const description = pairs({ [SHAPE_KEY]: JSON.stringify(shape) });
    writeFile(target, (sink) => writeGguf(sink, description, newTensors(reader, shape)));
  } finally {
    closeSync(source);
  }
}

function newTensors(reader: TensorReader, shape: ModelShape): NewTensor[] {
  const tensors = [reader.copy("token_embd.weight"), reader.copy("output_norm.weight")];
  if (reader.has("rope_freqs.weight")) tensors.push(reader.copy("rope_freqs.weight"));
  const head = reader.has("output.weight") ? "output.weight" : "token_embd.weight";
  const { type, dimensions } = reader.tensor(head);
  if (type === Q4_1 && dimensions[1] % ROWS_AT_ONCE === 0) tensors.push(...split(reader, "output", [head]));
  else if (head === "output.weight") tensors.push(reader.copy(head));
  for (let layer = 0; layer < shape.layers; layer++) {
    const prefix = `blk.${layer}.`;
    for (const name of ["attn_norm", "ffn_norm"]) tensors.push(reader.copy(`${prefix}${name}.weight`));
    for (const [name, sources] of Object.entries(LAYER_MATRICES)) {
      const names = sources.map((one) => `${prefix}${one}.weight`);
      tensors.push(...split(reader, prefix + name, names));
    }
  }
  return tensors;
}

/** The two parts of the matrices `sources`, one below the other. */
function split(reader: TensorReader, name: string, sources: readonly string[]): NewTensor[] {
  const matrices = sources.map((one) => reader.tensor(one).dimensions);
  const columns = matrices[0][0];
  const rows = matrices.reduce((sum, [, own]) => sum + own, 0);
  const perRow = columns / BLOCK;
  const parts = () => {
    const made = {
      scaled: new Uint16Array((rows * perRow * Q4_0_BYTES) / 2),
      terms: new Float32Array(rows * perRow),
    };
    let first = 0;
    sources.forEach((one, i) => {
      const own = matrices[i][1];
      const words = new Uint16Array(reader.read(one, own * perRow * Q4_1_BYTES).buffer);
      splitRows(words, own, perRow, first, rows, made);
      first += own;
    });
    return made;
  };
  return [
    {
      ...{ name: `${name}.weight`, dimensions: [columns, rows], type: Q4_0 },
      bytes: rows * perRow * Q4_0_BYTES,
      data: () => parts().scaled,
    },
    {
      ...{ name: `${name}.terms`, dimensions: [rows, perRow], type: F32 },
      bytes: rows * perRow * 4,
      data: () => parts().terms,
    },
  ];
}

/** The tensors of a file by name. */
class TensorReader {
  private readonly path: string;
  private readonly descriptor: number;
  private readonly header: GgufHeader;
  private readonly tensors: ReadonlyMap<string, GgufTensor>;
  private readonly sizes: ReadonlyMap<GgufTensor, number>;

  constructor(path: string, descriptor: number, header: GgufHeader) {
    this.path = path;
    this.descriptor = descriptor;
    this.header = header;
    this.tensors = new Map(header.tensors.map((tensor) => [tensor.name, tensor]));
    this.sizes = tensorSizes(header);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  tensor(name: string): GgufTensor {
    return this.tensors.get(name)!;
  }

  read(name: string, size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    const from = this.header.dataOffset + this.tensor(name).offset;
    for (let filled = 0; filled < size; ) {
      const got = readSync(this.descriptor, bytes, filled, size - filled, from + filled);
      if (got === 0) throw new Error(`${this.path} became shorter while it was read.`);
      filled += got;
    }
    return bytes;
  }

  /** The tensor as it is. */
  copy(name: string): NewTensor {
    const tensor = this.tensor(name);
    const bytes = this.sizes.get(tensor)!;
    return { ...tensor, bytes, data: () => this.read(name, bytes) };
  }
}

/** Bytes from each tensor's beginning to the next one's: its weights and what fills up to the alignment. */
export function tensorSizes({ tensors, fileBytes, dataOffset }: GgufHeader): Map<GgufTensor, number> {
  const inOrder = [...tensors].sort((a, b) => a.offset - b.offset);
  return new Map(
    inOrder.map((tensor, i) => [tensor, (inOrder[i + 1]?.offset ?? fileBytes - dataOffset) - tensor.offset]),
  );
}

function writeFile(path: string, write: (sink: (bytes: Uint8Array) => void) => void): void {
  const target = openSync(path, "wx");
  try {
    write((bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(target, bytes, at);
    });
  } finally {
    closeSync(target);
  }
}
