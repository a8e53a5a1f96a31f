import type { Content } from "./content.js";

/**
 * A text that two states only share if the same texts with the same labels follow them: the part of the automaton reachable from
 * `state`, with its states numbered in order of discovery. Undefined if that has more than `most` states.
 */
export function signatureOf(content: Content, state: number, most: number): string | undefined {
  const { classOf, classCount, next, label } = content;
  const numbers = new Map([
    [0, 0],
    [state, 1],
  ]);
  const found = [state];
  const parts: number[] = [];
  for (let i = 0; i < found.length; i++) {
    const row = found[i] * classCount;
    parts.push(label[found[i]]);
    // Runs of bytes with the same target, independent of the automaton's byte classes.
    let last = -1;
    let lastClass = -1;
    for (let byte = 0; byte < 256; byte++) {
      if (classOf[byte] === lastClass) continue;
      lastClass = classOf[byte];
      const target = next[row + lastClass];
      let number = numbers.get(target);
      if (number === undefined) {
        if (found.length === most) return undefined;
        found.push(target);
        number = found.length;
        numbers.set(target, number);
      }
      if (number === last) continue;
      parts.push((byte << 16) | number);
      last = number;
    }
  }
  return parts.join();
}
