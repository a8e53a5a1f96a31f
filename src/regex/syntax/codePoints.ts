/** A set of code points: sorted, disjoint, inclusive ranges `[first, last, first, last, ...]`. */
export type CodePointSet = readonly number[];

const MAX_CODE_POINT = 0x10ffff;

/** Ranges in any order, overlapping or not, as a set. */
export function fromRanges(ranges: readonly number[]): CodePointSet {
  if (ranges.length <= 2) return ranges;
  const order: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) order.push(i);
  order.sort((a, b) => ranges[a] - ranges[b]);
  const set: number[] = [];
  for (const i of order) {
    const end = set.length - 1;
    if (end > 0 && ranges[i] <= set[end] + 1) set[end] = Math.max(set[end], ranges[i + 1]);
    else set.push(ranges[i], ranges[i + 1]);
  }
  return set;
}

/** Every other code point. */
export function invert(set: CodePointSet): CodePointSet {
  const inverse: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length; i += 2) {
    if (set[i] > next) inverse.push(next, set[i] - 1);
    next = set[i + 1] + 1;
  }
  if (next <= MAX_CODE_POINT) inverse.push(next, MAX_CODE_POINT);
  return inverse;
}

/** `\d` */
export const DIGITS: CodePointSet = [0x30, 0x39];
/** `\w` */
export const WORD_CHARACTERS: CodePointSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
/** `\s`: WhiteSpace and LineTerminator of ECMA-262. */
export const WHITE_SPACE: CodePointSet = [
  0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f,
  0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
];
/** What `.` does not match. */
export const LINE_TERMINATORS: CodePointSet = [0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029];
