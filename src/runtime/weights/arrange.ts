/** Rewrites a model file with Q4_1 weights as two files: the same weights as a sum of two parts. */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { GgufHeader, GgufTensor } from "../gguf/header.js";
import { type NewTensor, pairs, writeGguf } from "../gguf/writer.js";
import { BLOCK, blockSums, Q4_0_BYTES, Q4_1_BYTES, rankOf, splitBlocks } from "./twoParts.js";

/** Numbers of `ggml_type`. */
const F32 = 0;
const Q4_0 = 2;
const Q4_1 = 3;

/** The products to which the library adds adapters in this architecture. */
const ARCHITECTURE = "llama";
const ADAPTED = /^blk\.\d+\.(?:attn_(?:q|k|v|output)|ffn_(?:gate|up|down))\.weight$/;
/** Number of rows that the faster kernels compute at a time; matrices whose number of rows is not a multiple would remain slow. */
const ROWS_AT_ONCE = 8;

const isSplit = ({ name, type, dimensions }: GgufTensor): boolean =>
  type === Q4_1 && dimensions.length === 2 && dimensions[1] % ROWS_AT_ONCE === 0 && ADAPTED.test(name);

/** Whether the file has weights that can be repacked. Parts of split files are left unchanged. */
export function canBeArranged({ scalars, tensors }: GgufHeader): boolean {
  const files = Number(scalars.get("split.count") ?? 1);
  return scalars.get("general.architecture") === ARCHITECTURE && files < 2 && tensors.some(isSplit);
}

/** Writes the file at `path` as a model with Q4_0 weights, `basePath`, and an adapter with the missing terms, `termsPath`. */
export function arrange(path: string, header: GgufHeader, basePath: string, termsPath: string): void {
  const source = openSync(path, "r");
  try {
    const read = (from: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
      for (let filled = 0; filled < bytes.length; ) {
        const got = readSync(source, bytes, filled, bytes.length - filled, from + filled);
        if (got === 0) throw new Error(`${path} became shorter while it was read.`);
        filled += got;
      }
      return bytes;
    };
    const ends = sizes(header);
    const base: NewTensor[] = [];
    const adapter: NewTensor[] = [];
    for (const tensor of header.tensors) {
      const { name, dimensions, type } = tensor;
      const at = header.dataOffset + tensor.offset;
      const bytes = ends.get(tensor)!;
      if (!isSplit(tensor)) {
        base.push({ name, dimensions, type, bytes, data: () => read(at, new Uint8Array(bytes)) });
        continue;
      }
      const [columns, rows] = dimensions;
      const rank = rankOf(columns);
      const blocks = (rows * columns) / BLOCK;
      const parts = () => {
        const scaled = new Uint16Array((blocks * Q4_0_BYTES) / 2);
        const terms = new Float32Array(rows * rank);
        const words = new Uint16Array(read(at, new Uint8Array(blocks * Q4_1_BYTES)).buffer);
        splitBlocks(words, blocks, columns / BLOCK, rank, scaled, terms);
        return { scaled, terms };
      };
      base.push({ name, dimensions, type: Q4_0, bytes: blocks * Q4_0_BYTES, data: () => parts().scaled });
      const sums = blockSums(columns);
      adapter.push(
        {
          name: `${name}.lora_a`,
          dimensions: [columns, rank],
          type: Q4_1,
          bytes: sums.length,
          data: () => sums,
        },
        {
          ...{ name: `${name}.lora_b`, dimensions: [rank, rows], type: F32, bytes: rows * rank * 4 },
          data: () => parts().terms,
        },
      );
    }
    // The pairs remain unchanged: everything between the counts and the descriptions of the tensors.
    const kept = read(PAIRS_OFFSET, new Uint8Array(header.tensorsOffset - PAIRS_OFFSET));
    const keptCount = read(PAIR_COUNT_OFFSET, new Uint8Array(8));
    const count = Number(new DataView(keptCount.buffer).getBigUint64(0, true));
    writeFile(basePath, (sink) => writeGguf(sink, { bytes: kept, count }, base, header.alignment));
    const description = pairs({
      "general.type": "adapter",
      "general.architecture": ARCHITECTURE,
      "adapter.type": "lora",
      // Zero, so that the library adds the product unscaled.
      "adapter.lora.alpha": 0,
    });
    writeFile(termsPath, (sink) => writeGguf(sink, description, adapter));
  } finally {
    closeSync(source);
  }
}

/** After magic and version (4 bytes each) come the numbers of tensors and of pairs (8 bytes each), then the pairs. */
const PAIR_COUNT_OFFSET = 16;
const PAIRS_OFFSET = 24;

/** Bytes from each tensor's start to the next one's: its weights and padding. */
function sizes({ tensors, fileBytes, dataOffset }: GgufHeader): Map<GgufTensor, number> {
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
