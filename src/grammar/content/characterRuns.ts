import { alikeGroups, type CharacterGroup, findTargets } from "./characterGroups.js";
import type { Content } from "./content.js";

/** A set of characters, and how many of them in a row can surely be read. */
export interface Run {
  /** ASCII characters, and leading bytes all of whose characters are meant. */
  readonly bytes: readonly number[];
  readonly room: number;
}

/** Groups of characters tried at states; beyond, a run ends. */
const MAX_TRIED = 400;
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
