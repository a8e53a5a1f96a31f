import type { Content } from "./content.js";
import { SEQUENCES } from "./loops.js";

/** A set of characters, and how many of them in a row can surely be read. */
export interface Run {
  /** ASCII characters, and leading bytes all of whose characters are meant. */
  readonly bytes: readonly number[];
  readonly room: number;
}

/** Groups of characters tried at states; beyond, a run ends. */
const MOST_TRIED = 400;
/** What cannot follow so many characters of the run is left out of it; further on it ends the run. */
const LEFT_OUT_WITHIN = 2;

/**
 * Where no character leads back to a state, as in counted repetitions, many still can be read in any order for a while:
 * those that can follow `state` and each other, and of how many any row, up to `most`, can be read. Undefined where that
 * is none.
 */
export function findRun(content: Content, state: number, most: number): Run | undefined {
  const found: number[] = [];
  let groups = alikeGroups(content);
  for (let tried = 0; groups.length > 0; ) {
    // States in the order of their distance: all nearer ones have been looked at before one is.
    const states = [state];
    const lengths = [0];
    const dead: CharacterGroup[] = [];
    let room = most;
    for (let at = 0; at < states.length && dead.length === 0; at++) {
      const length = lengths[at];
      if (length >= room) break;
      tried += groups.length;
      if (tried > MOST_TRIED) {
        room = length;
        break;
      }
      for (const group of groups) {
        if (!findTargets(content, states[at], group, found)) dead.push(group);
        for (const target of found) {
          if (target === 0 || states.includes(target)) continue;
          states.push(target);
          lengths.push(length + 1);
        }
      }
      if (dead.length > 0) room = length;
    }
    if (dead.length === 0 || room > LEFT_OUT_WITHIN)
      return room === 0 ? undefined : { bytes: groups.flatMap((group) => group.bytes), room };
    groups = groups.filter((group) => !dead.includes(group));
  }
  return undefined;
}

/** Characters that a content does not tell apart by their first bytes. */
interface CharacterGroup {
  readonly bytes: readonly number[];
  /** Class of the first byte, and those of each byte behind it. */
  readonly first: number;
  readonly rest: readonly (readonly number[])[];
}

const groupsByContent = new WeakMap<Content, readonly CharacterGroup[]>();

function alikeGroups(content: Content): readonly CharacterGroup[] {
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

/** Makes `targets` the states where the characters of a group lead to; false where one of them cannot follow. */
function findTargets(
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
