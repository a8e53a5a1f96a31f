import { type CodePointSet, fromRanges } from "./codePoints.js";

/** Letters that have another case lie below. */
const END = 0x1e944;
/** In no case folding of Unicode but the Turkish one. */
const DOTLESS_I = 0x131;

let families: ReadonlyMap<number, readonly number[]> | undefined;

/** The set with each letter in all of its cases, as the flag `i` has it beside `u` (simple case folding of Unicode). */
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

/** By letter, all letters that are the same but for their case. */
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

/** The letter in that case, where it is one letter there too. */
function single(point: number, change: "toUpperCase" | "toLowerCase"): number {
  const text = String.fromCodePoint(point)[change]();
  const changed = text.codePointAt(0)!;
  return text.length === (changed > 0xffff ? 2 : 1) ? changed : point;
}
