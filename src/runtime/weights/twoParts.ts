/**
 * Q4_1 weights as a sum of two parts that multiply faster.
 *
 * A row of Q4_1 consists of blocks of 32 weights `d * q + m` with 4-bit `q` and half-precision `d` and `m`. On x64, llama.cpp has kernels
 * that compute several rows at a time for Q4_0, whose weights are `d * (q - 8)`, but none for Q4_1. Both store the same `d`
 * and the same bits `q`, and
 *
 *     d * q + m  =  d * (q - 8)  +  (m + 8 * d)
 *
 * where the second term is the same for all 32 weights of a block. So a product with the matrix is the product with the
 * Q4_0 matrix, plus each block's term times the sum of that block of the input. Nothing is rounded but the terms, to the
 * 24 bits of a float where `m` and `d` have 11 each.
 *
 * The library rounds the input of a product with Q4_1 to eight bits. The sums are of that rounded input, as they are in the
 * product with the whole matrix: otherwise the errors of the two parts would no longer make up for each other.
 */

/** Weights that share a scale. */
export const BLOCK = 32;

/** Size of a block of each type in bytes: two bytes per scale and sixteen bytes of weights. */
export const Q4_0_BYTES = 18;
export const Q4_1_BYTES = 20;

/** Where the parts of a matrix go: the first rows of both. */
export interface Parts {
  /** Q4_0 blocks, row by row. */
  scaled: Uint16Array;
  /** A column for each row of the matrix, a row for each block of a row: a step of a product adds one row to its sums. */
  terms: Float32Array;
}

/**
 * Splits a Q4_1 matrix of `rows` rows, `perRow` blocks each, which becomes rows `firstRow` and after of a matrix of
 * `allRows`.
 *
 * Both types are rows of 16-bit words: `d`, then `m` for Q4_1 only, then eight words of weights.
 */
export function splitRows(
  source: Uint16Array,
  rows: number,
  perRow: number,
  firstRow: number,
  allRows: number,
  { scaled, terms }: Parts,
): void {
  let from = 0;
  let to = (firstRow * perRow * Q4_0_BYTES) / 2;
  for (let row = firstRow; row < firstRow + rows; row++) {
    for (let block = 0; block < perRow; block++) {
      const scale = source[from];
      terms[block * allRows + row] = HALF[source[from + 1]] + 8 * HALF[scale];
      scaled[to] = scale;
      for (let i = 1; i < 9; i++) scaled[to + i] = source[from + 1 + i];
      from += Q4_1_BYTES / 2;
      to += Q4_0_BYTES / 2;
    }
  }
}

/**
 * A Q4_1 matrix whose product with an input of `columns` numbers is the sums of its blocks: row `r` holds ones in block `r` and
 * zeros elsewhere, with scale 1 and minimum 0.
 */
export function blockSums(columns: number): Uint8Array {
  const blocks = columns / BLOCK;
  const bytes = new Uint8Array(blocks * blocks * Q4_1_BYTES);
  const words = new Uint16Array(bytes.buffer);
  for (let at = 0; at < words.length; at += Q4_1_BYTES / 2) words[at] = HALF_ONE;
  for (let row = 0; row < blocks; row++) {
    const at = (row * blocks + row) * Q4_1_BYTES;
    bytes.fill(0x11, at + 4, at + Q4_1_BYTES);
  }
  return bytes;
}

const HALF_ONE = 0x3c00;

/** The value of every half-precision number by its bits. */
const HALF: Float32Array = Float32Array.from({ length: 1 << 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
});
