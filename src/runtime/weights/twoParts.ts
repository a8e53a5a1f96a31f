/**
 * Q4_1 weights as a sum of two matrices that multiply faster.
 *
 * A row of Q4_1 consists of blocks of 32 weights `d * q + m` with 4-bit `q` and half-precision `d` and `m`. On x64, llama.cpp has kernels
 * that compute several rows at a time for Q4_0, whose weights are `d * (q - 8)`, but none for Q4_1. Both store the same `d`
 * and the same bits `q`, and
 *
 *     d * q + m  =  d * (q - 8)  +  (m + 8 * d)
 *
 * where the second term is the same for all 32 weights of a block. The matrix is therefore the Q4_0 matrix plus B A, where A sums each
 * block of its input (`blocks x columns`, zeros and ones) and B has the terms (`rows x blocks`). That is a low-rank adapter
 * (https://arxiv.org/abs/2106.09685), which the library can add to a product. Only the terms are rounded, to the 24 bits of a
 * float, while `m` and `d` have 11 bits each.
 */

/** Weights that share a scale. */
export const BLOCK = 32;

/** Size of a block of each type in bytes: two bytes per scale and sixteen bytes of weights. */
export const Q4_0_BYTES = 18;
export const Q4_1_BYTES = 20;

/**
 * Number of rows of A for `columns` columns: one per block, plus two empty ones if that is a multiple of four. For multiples of four,
 * the library has a second kernel for more than one token that rounds differently, so that other tokens in the batch would change a
 * token's logits; for other numbers, it uses the same kernel for any batch.
 */
export function rankOf(columns: number): number {
  const blocks = columns / BLOCK;
  return blocks % 4 === 0 ? blocks + 2 : blocks;
}

/**
 * Writes the Q4_0 blocks and the terms of `blocks` Q4_1 blocks, in the same order.
 *
 * Both types are rows of 16-bit words: `d`, then `m` for Q4_1 only, then eight words of weights. Terms are written to
 * `terms[row * rank + block of the row]`; elements between the rows' terms remain unchanged.
 */
export function splitBlocks(
  source: Uint16Array,
  blocks: number,
  blocksPerRow: number,
  rank: number,
  scaled: Uint16Array,
  terms: Float32Array,
): void {
  let from = 0;
  let to = 0;
  let term = 0;
  let left = blocksPerRow;
  for (let block = 0; block < blocks; block++) {
    const scale = source[from];
    terms[term++] = HALF[source[from + 1]] + 8 * HALF[scale];
    scaled[to] = scale;
    for (let i = 1; i < 9; i++) scaled[to + i] = source[from + 1 + i];
    from += Q4_1_BYTES / 2;
    to += Q4_0_BYTES / 2;
    if (--left === 0) {
      left = blocksPerRow;
      term += rank - blocksPerRow;
    }
  }
}

/**
 * A for `columns` columns, as Q4_1: row `r` has ones in block `r` and zeros elsewhere, with scale 1 and minimum 0. This type is used
 * because its products use the sums of the quantised input, like the original matrix.
 */
export function blockSums(columns: number): Uint8Array {
  const blocks = columns / BLOCK;
  const rank = rankOf(columns);
  const bytes = new Uint8Array(rank * blocks * Q4_1_BYTES);
  const words = new Uint16Array(bytes.buffer);
  for (let at = 0; at < words.length; at += Q4_1_BYTES / 2) words[at] = HALF_ONE;
  for (let row = 0; row < blocks; row++) {
    const at = (row * blocks + row) * Q4_1_BYTES;
    bytes.fill(0x11, at + 4, at + Q4_1_BYTES);
  }
  return bytes;
}

const HALF_ONE = 0x3c00;

/** The values of all half-precision numbers, by their bits. */
const HALF: Float32Array = Float32Array.from({ length: 1 << 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
});
