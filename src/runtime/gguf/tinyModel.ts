/**
 * A model small enough to be written and run in milliseconds: one layer of random weights in the Llama architecture, with a choice of
 * tokenizers. Its output is noise; everything else is real. Used by tests and for testing builds of the libraries.
 */
import { writeFileSync } from "node:fs";
import { float, type GgufTensorData, type GgufValue, ggufBytes } from "./file.js";
import type { NewTensor } from "./writer.js";

export interface TinyModelOptions {
  /** `spm`: SentencePiece with byte tokens. `bpe`: byte-level, without merges. */
  tokenizer: "spm" | "bpe";
  chatTemplate?: string;
  trainedContext?: number;
  /** Width of the model, a multiple of 64. Default 64. */
  width?: number;
  /** Attention heads, and those of keys and values. Default 2 of each. */
  heads?: readonly [queries: number, keys: number];
  /** Store the matrices in blocks, as models in use do, instead of as floats. */
  quantised?: "q4_0" | "q4_1";
}

/** Weights of a block, and of each type its number and the bytes of a block. */
const BLOCK = 32;
const TYPES = { q4_0: { type: 2, bytes: 18 }, q4_1: { type: 3, bytes: 20 } } as const;
/** 1/64 and -1/8 in half precision. */
const SCALE = 0x2400;
const MINIMUM = 0xb000;

const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const BYTE = 6;

interface Tokens {
  spellings: string[];
  types: number[];
  scores: number[];
}

/** GPT-2's printable spelling of a byte. */
function byteSpelling(byte: number): string {
  const printable = (b: number): boolean => (b > 0x20 && b < 0x7f) || (b > 0xa0 && b !== 0xad);
  if (printable(byte)) return String.fromCharCode(byte);
  let next = 0x100;
  for (let b = 0; b < byte; b++) if (!printable(b)) next++;
  return String.fromCharCode(next);
}

function spmTokens(): Tokens {
  const tokens: Tokens = {
    spellings: ["<unk>", "<s>", "</s>"],
    types: [UNKNOWN, CONTROL, CONTROL],
    scores: [0, 0, 0],
  };
  const add = (spelling: string, type: number, score: number): void => {
    tokens.spellings.push(spelling);
    tokens.types.push(type);
    tokens.scores.push(score);
  };
  for (let byte = 0; byte < 256; byte++)
    add(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`, BYTE, 0);
  const words = [
    "\u2581t",
    "\u2581the",
    "the",
    "th",
    "na",
    "name",
    "me",
    '":',
    '{"',
    "ca",
    "cat",
    "\u2581cat",
    "at",
    "he",
  ];
  words.forEach((word, rank) => {
    add(word, NORMAL, -rank);
  });
  for (const character of '\u2581abcdefghijklmnopqrstuvwxyz{}":,0123456789') add(character, NORMAL, -100);
  return tokens;
}

function bpeTokens(): Tokens {
  const spellings = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
  const types = [CONTROL, CONTROL, CONTROL];
  for (let byte = 0; byte < 256; byte++) {
    spellings.push(byteSpelling(byte));
    types.push(NORMAL);
  }
  return { spellings, types, scores: spellings.map(() => 0) };
}

/** Deterministic, uniform in [-1, 1). */
function randomWeights(count: number, seed: number): Float32Array {
  const values = new Float32Array(count);
  let state = seed | 1;
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = state / 0x80000000;
  }
  return values;
}

/** A matrix of random blocks: a scale, for Q4_1 the least weight, then 32 weights of four bits. */
function randomBlocks(kind: keyof typeof TYPES, count: number, seed: number): Uint8Array {
  const size = TYPES[kind].bytes;
  const bytes = new Uint8Array((count / BLOCK) * size);
  const values = randomWeights(bytes.length, seed);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (values[at] + 1) * 128;
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += size) {
    view.setUint16(at, SCALE, true);
    if (kind === "q4_1") view.setUint16(at + 2, MINIMUM, true);
  }
  return bytes;
}

/** Writes the model to `path`. */
export function writeTinyModel(path: string, options: TinyModelOptions): void {
  const width = options.width ?? 64;
  const [heads, keyHeads] = options.heads ?? [2, 2];
  const { spellings, types, scores } = options.tokenizer === "spm" ? spmTokens() : bpeTokens();
  const pairs: Record<string, GgufValue> = {
    "general.architecture": "llama",
    "general.name": "tiny",
    "llama.context_length": options.trainedContext ?? 512,
    "llama.embedding_length": width,
    "llama.block_count": 1,
    "llama.feed_forward_length": width,
    "llama.attention.head_count": heads,
    "llama.attention.head_count_kv": keyHeads,
    "llama.rope.dimension_count": width / heads,
    "llama.attention.layer_norm_rms_epsilon": float(1e-5),
    "tokenizer.ggml.model": options.tokenizer === "spm" ? "llama" : "gpt2",
    ...(options.tokenizer === "bpe"
      ? { "tokenizer.ggml.pre": "gpt-2", "tokenizer.ggml.merges": ["a b"] }
      : {}),
    "tokenizer.ggml.tokens": spellings,
    "tokenizer.ggml.token_type": Int32Array.from(types),
    "tokenizer.ggml.scores": Float32Array.from(scores),
    "tokenizer.ggml.bos_token_id": options.tokenizer === "spm" ? 1 : 0,
    "tokenizer.ggml.eos_token_id": options.tokenizer === "spm" ? 2 : 0,
    ...(options.chatTemplate === undefined ? {} : { "tokenizer.chat_template": options.chatTemplate }),
  };
  const tensors: (GgufTensorData | NewTensor)[] = [];
  const add = (name: string, ...dimensions: number[]): void => {
    const count = dimensions.reduce((product, size) => product * size, 1);
    const seed = tensors.length + 1;
    if (dimensions.length === 1) {
      tensors.push({ name, dimensions, values: new Float32Array(count).fill(1) });
    } else if (options.quantised !== undefined) {
      const { type } = TYPES[options.quantised];
      const blocks = randomBlocks(options.quantised, count, seed);
      tensors.push({ name, dimensions, type, bytes: blocks.length, data: () => blocks });
    } else {
      tensors.push({ name, dimensions, values: randomWeights(count, seed) });
    }
  };
  add("token_embd.weight", width, spellings.length);
  add("output_norm.weight", width);
  add("output.weight", width, spellings.length);
  add("blk.0.attn_norm.weight", width);
  for (const part of ["q", "output"]) add(`blk.0.attn_${part}.weight`, width, width);
  for (const part of ["k", "v"]) add(`blk.0.attn_${part}.weight`, width, (width / heads) * keyHeads);
  add("blk.0.ffn_norm.weight", width);
  for (const part of ["gate", "up", "down"]) add(`blk.0.ffn_${part}.weight`, width, width);
  writeFileSync(path, ggufBytes(pairs, tensors));
}
