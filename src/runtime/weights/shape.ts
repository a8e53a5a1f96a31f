/** The shape of a model whose weights can be arranged, and whose forward pass `forward` computes. */
import type { GgufHeader } from "../gguf/header.js";

/** Sizes count numbers. */
export interface ModelShape {
  layers: number;
  /** Of the residual stream. */
  width: number;
  /** Of one attention head. */
  headWidth: number;
  heads: number;
  /** Heads of keys and of values. */
  keyHeads: number;
  feedForward: number;
  vocabulary: number;
  /** Positions the model was trained on. */
  trainedContext: number;
  parameters: number;
  /** Added to the mean square in a normalisation. */
  epsilon: number;
  /** Base of the rotary embedding's frequencies. */
  frequencyBase: number;
}

const ARCHITECTURE = "llama";

/** What the file of such a model may say of it. Any other key may change what is computed. */
const KNOWN_KEYS = new Set([
  "attention.head_count",
  "attention.head_count_kv",
  "attention.key_length",
  "attention.layer_norm_rms_epsilon",
  "attention.value_length",
  "block_count",
  "context_length",
  "embedding_length",
  "feed_forward_length",
  "rope.dimension_count",
  "rope.freq_base",
  "vocab_size",
]);

/** Tensors of a layer with their sizes. */
export function layerTensors(shape: ModelShape): Record<string, readonly number[]> {
  const { width, headWidth, heads, keyHeads, feedForward } = shape;
  return {
    "attn_norm.weight": [width],
    "attn_q.weight": [width, heads * headWidth],
    "attn_k.weight": [width, keyHeads * headWidth],
    "attn_v.weight": [width, keyHeads * headWidth],
    "attn_output.weight": [heads * headWidth, width],
    "ffn_norm.weight": [width],
    "ffn_gate.weight": [width, feedForward],
    "ffn_up.weight": [width, feedForward],
    "ffn_down.weight": [feedForward, width],
  };
}

/** The shape of a plain Llama model in one file, with no tensor and no setting that is not known here; else null. */
export function shapeOf(header: GgufHeader): ModelShape | null {
  const { scalars, tensors } = header;
  if (scalars.get("general.architecture") !== ARCHITECTURE) return null;
  if (Number(scalars.get("split.count") ?? 1) > 1) return null;
  const prefix = `${ARCHITECTURE}.`;
  for (const key of scalars.keys()) {
    if (key.startsWith(prefix) && !KNOWN_KEYS.has(key.slice(prefix.length))) return null;
  }
  const setting = (key: string, otherwise = Number.NaN) => Number(scalars.get(prefix + key) ?? otherwise);
  const width = setting("embedding_length");
  const heads = setting("attention.head_count");
  const headWidth = setting("attention.key_length", width / heads);
  const shape: ModelShape = {
    ...{ width, heads, headWidth },
    layers: setting("block_count"),
    keyHeads: setting("attention.head_count_kv", heads),
    feedForward: setting("feed_forward_length"),
    vocabulary: tensors.find(({ name }) => name === "token_embd.weight")?.dimensions[1] ?? Number.NaN,
    trainedContext: setting("context_length"),
    parameters: tensors.reduce((sum, { dimensions }) => sum + dimensions.reduce((a, b) => a * b, 1), 0),
    epsilon: setting("attention.layer_norm_rms_epsilon"),
    frequencyBase: setting("rope.freq_base", 10_000),
  };
  // A list for each layer, or nothing at all.
  if (Object.values(shape).some((value) => !(value > 0))) return null;
  if (setting("attention.value_length", headWidth) !== headWidth) return null;
  if (setting("rope.dimension_count", headWidth) !== headWidth) return null;
  return hasItsTensors(header, shape) ? shape : null;
}

/** Whether the file holds the tensors of `shape`, of those sizes, and no other. */
function hasItsTensors({ tensors }: GgufHeader, shape: ModelShape): boolean {
  const wanted = new Map<string, readonly number[]>([
    ["token_embd.weight", [shape.width, shape.vocabulary]],
    ["output_norm.weight", [shape.width]],
  ]);
  const optional = new Map<string, readonly number[]>([
    ["output.weight", [shape.width, shape.vocabulary]],
    ["rope_freqs.weight", [shape.headWidth / 2]],
  ]);
  const layer = Object.entries(layerTensors(shape));
  for (let l = 0; l < shape.layers; l++)
    for (const [name, sizes] of layer) wanted.set(`blk.${l}.${name}`, sizes);
  for (const { name, dimensions } of tensors) {
    const sizes = wanted.get(name) ?? optional.get(name);
    if (sizes === undefined || sizes.join() !== dimensions.join()) return false;
    wanted.delete(name);
  }
  return wanted.size === 0;
}
