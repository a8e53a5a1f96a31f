import fc from "fast-check";
import { expect, it } from "vitest";
import { BLOCK, blockSums, Q4_0_BYTES, Q4_1_BYTES, splitRows } from "./twoParts.js";

/** A half-precision number by its bits, by the standard's own formula. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits >> 15 ? -magnitude : magnitude;
}

/** The 4-bit number at `index` of a block's sixteen bytes: low halves first. */
const quantised = (bytes: Uint8Array, at: number, index: number): number =>
  index < 16 ? bytes[at + index] & 15 : bytes[at + index - 16] >> 4;

const finiteHalf = fc.integer({ min: 0, max: 0xffff }).filter((bits) => ((bits >> 10) & 31) !== 31);

const block = fc
  .tuple(finiteHalf, finiteHalf, fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(([scale, minimum, weights]) => {
    const bytes = new Uint8Array(Q4_1_BYTES);
    new Uint16Array(bytes.buffer, 0, 2).set([scale, minimum]);
    bytes.set(weights, 4);
    return bytes;
  });

it("every weight is the sum of its two parts, in the rows where the matrix is put", () => {
  const matrix = fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }), fc.nat(2), fc.nat(2))
    .chain(([rows, perRow, above, below]) =>
      fc
        .array(block, { minLength: rows * perRow, maxLength: rows * perRow })
        .map((blocks) => ({ rows, perRow, above, below, bytes: Buffer.concat(blocks) })),
    );
  fc.assert(
    fc.property(matrix, ({ rows, perRow, above, below, bytes }) => {
      const allRows = above + rows + below;
      const source = new Uint16Array(Uint8Array.from(bytes).buffer);
      const scaled = new Uint16Array((allRows * perRow * Q4_0_BYTES) / 2);
      const terms = new Float32Array(allRows * perRow);
      splitRows(source, rows, perRow, above, allRows, { scaled, terms });
      const parts = new Uint8Array(scaled.buffer);
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < perRow; i++) {
          const from = (row * perRow + i) * Q4_1_BYTES;
          const to = ((above + row) * perRow + i) * Q4_0_BYTES;
          const scale = half(bytes.readUInt16LE(from));
          const minimum = half(bytes.readUInt16LE(from + 2));
          const term = terms[i * allRows + above + row];
          expect(half(scaled[to / 2])).toBe(scale);
          for (let w = 0; w < BLOCK; w++) {
            const whole = scale * quantised(bytes, from + 4, w) + minimum;
            const sum = scale * (quantised(parts, to + 2, w) - 8) + term;
            // The term alone is rounded, to 24 bits.
            expect(Math.abs(sum - whole)).toBeLessThanOrEqual(Math.abs(term) * 2 ** -24);
          }
        }
      }
      // What belongs to other matrices stays as it is.
      for (let row = 0; row < allRows; row++) {
        if (row >= above && row < above + rows) continue;
        for (let i = 0; i < perRow; i++) expect(terms[i * allRows + row]).toBe(0);
      }
    }),
    { numRuns: 200 },
  );
});

it.each([32, 96, 128, 576, 1536])("the sums of %i columns are those of their blocks", (columns) => {
  const bytes = blockSums(columns);
  const blocks = columns / BLOCK;
  expect(bytes).toHaveLength(blocks * blocks * Q4_1_BYTES);
  for (let row = 0; row < blocks; row++) {
    for (let i = 0; i < blocks; i++) {
      const at = (row * blocks + i) * Q4_1_BYTES;
      const words = [bytes[at] | (bytes[at + 1] << 8), bytes[at + 2] | (bytes[at + 3] << 8)];
      const [scale, minimum] = words.map(half);
      for (let w = 0; w < BLOCK; w++) {
        expect(scale * quantised(bytes, at + 4, w) + minimum).toBe(row === i ? 1 : 0);
      }
    }
  }
});
