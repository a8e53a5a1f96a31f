import { type CodePointSet, fromRanges } from "./codePoints.js";

/** Maximum number of cached sets of some kilobytes each; there are a few hundred properties. */
const cache = new Map<string, CodePointSet>();

/**
 * The code points of a Unicode property (`Letter`, `Script=Greek`, ...) in the running JavaScript engine, whose matcher is run once
 * over all code points. The name must be valid in `\p{}`.
 */
export function propertySet(name: string): CodePointSet {
  let set = cache.get(name);
  if (set === undefined) {
    set = derive(name);
    cache.set(name, set);
  }
  return set;
}

function derive(name: string): CodePointSet {
  const runs = new RegExp(`\\p{${name}}+`, "gu");
  const ranges: number[] = [];
  for (let plane = 0; plane <= 16; plane++) {
    const width = plane === 0 ? 1 : 2;
    const first = plane << 16;
    for (const [start, text] of planeTexts(plane)) {
      for (const match of text.matchAll(runs)) {
        const from = first + start + match.index / width;
        ranges.push(from, from + match[0].length / width - 1);
      }
    }
  }
  return fromRanges(ranges);
}

/** The characters of a plane in order, by the first one; surrogates in an order that forms no pairs. */
function planeTexts(plane: number): [number, string][] {
  if (plane !== 0) return [[0, characters(plane << 16, (plane << 16) + 0xffff)]];
  return [
    [0, characters(0, 0xd7ff)],
    [0xdc00, characters(0xdc00, 0xdfff)],
    [0xd800, characters(0xd800, 0xdbff)],
    [0xe000, characters(0xe000, 0xffff)],
  ];
}

function characters(first: number, last: number): string {
  const parts: string[] = [];
  for (let start = first; start <= last; start += 4096) {
    const points: number[] = [];
    for (let point = start; point <= last && point < start + 4096; point++) points.push(point);
    parts.push(String.fromCodePoint(...points));
  }
  return parts.join("");
}
