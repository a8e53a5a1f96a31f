import { alikeGroups, type CharacterGroup, findTargets } from "./characterGroups.js";
import type { Content } from "./content.js";

/** A set of characters, and how many of them can surely be read in sequence. */
export interface Run {
  /** ASCII characters, and leading bytes that represent all their characters. */
  readonly bytes: readonly number[];
  readonly room: number;
}

/** Maximum number of groups of characters tried at states; beyond it a run ends. */
const MAX_TRIED = 400;
/** Characters that cannot follow this many characters of the run are removed from it; later ones end the run. */
const LEFT_OUT_WITHIN = 2;

/**
 * If no character leads back to a state, as in counted repetitions, many characters can still be read in any order for a while:
 * those that can follow `state` and each other, and the length, up to `most`, of sequences of them that can be read. Undefined if
 * there are none.
 */
export function findRun(content: Content, state: number, most: number): Run | undefined {
  const found: number[] = [];
  let groups = alikeGroups(content);
  for (let tried = 0; groups.length > 0; ) {
    // States by increasing distance.
    const states = [state];
    const lengths = [0];
    const dead: CharacterGroup[] = [];
    let room = most;
    for (let at = 0; at < states.length && dead.length === 0; at++) {
      const length = lengths[at];
      if (length >= room) break;
      tried += groups.length;
      if (tried > MAX_TRIED) {
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
