import { type CodePointSet, fromRanges } from "./codePoints.js";

/** An upper bound of the letters with another case. */
const END = 0x1e944;
/** Only case-folded in Turkish. */
const DOTLESS_I = 0x131;

let families: ReadonlyMap<number, readonly number[]> | undefined;

/** The set with each letter in all its cases, as with the flags `iu` (simple case folding of Unicode). */
export function withOtherCase(set: CodePointSet): CodePointSet {
  families ??= findFamilies();
  const ranges: number[] = [...set];
  for (const [letter, family] of families) {
    if (!holds(set, letter)) continue;
    for (const other of family) ranges.push(other, other);
  }
  return fromRanges(ranges);
}

function holds(set: CodePointSet, point: number): boolean {
  let low = 0;
  let high = set.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (point < set[middle * 2]) high = middle - 1;
    else if (point > set[middle * 2 + 1]) low = middle + 1;
    else return true;
  }
  return false;
}

/** By letter: all letters that only differ in case. */
function findFamilies(): ReadonlyMap<number, readonly number[]> {
  const byFolded = new Map<number, number[]>();
  for (let point = 0x41; point < END; point++) {
    if (point === DOTLESS_I || (point >= 0xd800 && point < 0xe000)) continue;
    const folded = fold(point);
    const family = byFolded.get(folded);
    if (family === undefined) byFolded.set(folded, [point]);
    else family.push(point);
  }
  const found = new Map<number, readonly number[]>();
  for (const family of byFolded.values())
    if (family.length > 1) for (const point of family) found.set(point, family);
  return found;
}

function fold(point: number): number {
  return single(single(point, "toUpperCase"), "toLowerCase");
}

/** The letter in that case, if that is a single letter. */
function single(point: number, change: "toUpperCase" | "toLowerCase"): number {
  const text = String.fromCodePoint(point)[change]();
  const changed = text.codePointAt(0)!;
  return text.length === (changed > 0xffff ? 2 : 1) ? changed : point;
}
