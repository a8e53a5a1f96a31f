import type { Content } from "./content.js";
import { SEQUENCES } from "./selfLoops.js";

/** Characters that a content does not distinguish by their first bytes. */
export interface CharacterGroup {
  readonly bytes: readonly number[];
  /** Class of the first byte, and classes of each further byte. */
  readonly first: number;
  readonly rest: readonly (readonly number[])[];
}

const groupsByContent = new WeakMap<Content, readonly CharacterGroup[]>();

/** All characters except the quote, the backslash and control characters, in groups. */
export function alikeGroups(content: Content): readonly CharacterGroup[] {
  let groups = groupsByContent.get(content);
  if (groups === undefined) groupsByContent.set(content, (groups = findGroups(content)));
  return groups;
}

function findGroups({ classOf }: Content): readonly CharacterGroup[] {
  const found = new Map<number, CharacterGroup & { bytes: number[] }>();
  const add = (byte: number, sequence: number, rest: readonly (readonly number[])[]) => {
    const key = classOf[byte] * 16 + sequence;
    const group = found.get(key);
    if (group === undefined) found.set(key, { bytes: [byte], first: classOf[byte], rest });
    else group.bytes.push(byte);
  };
  const classesIn = (from: number, to: number) => [...new Set(classOf.subarray(from, to + 1))];
  for (let byte = 0x20; byte < 0x80; byte++) if (byte !== 0x22 && byte !== 0x5c) add(byte, 0, []);
  SEQUENCES.forEach(([first, last, count, from, to], index) => {
    const rest = Array.from({ length: count }, (_, i) =>
      i === 0 ? classesIn(from, to) : classesIn(0x80, 0xbf),
    );
    for (let byte = first; byte <= last; byte++) add(byte, index + 1, rest);
  });
  return [...found.values()];
}

/** Sets `targets` to the states that the characters of a group lead to; false if one of them cannot follow. */
export function findTargets(
  { next, classCount }: Content,
  state: number,
  { first, rest }: CharacterGroup,
  targets: number[],
): boolean {
  targets.length = 0;
  const target = next[state * classCount + first];
  if (target === 0) return false;
  targets.push(target);
  let from = 0;
  for (const classes of rest) {
    const to = targets.length;
    for (let i = from; i < to; i++) {
      for (const c of classes) {
        const after = next[targets[i] * classCount + c];
        if (after === 0) {
          targets.length = 0;
          return false;
        }
        if (targets.indexOf(after, to) < 0) targets.push(after);
      }
    }
    from = to;
  }
  if (from > 0) targets.splice(0, from);
  return true;
}
