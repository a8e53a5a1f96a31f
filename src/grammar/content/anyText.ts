import { alikeGroups, findTargets } from "./characterGroups.js";
import type { Content } from "./content.js";

/** Groups of characters tried at the states of one content; what is not known by then counts as not total. */
const MAX_TRIED = 40_000;

/** What is known of a content's states: by state 0 for nothing yet, else `TOTAL` or `PARTIAL`. */
interface Known {
  readonly states: Uint8Array;
  tried: number;
}

const TOTAL = 1;
const PARTIAL = 2;
const knownByContent = new WeakMap<Content, Known>();

/**
 * Whether every text can be read from a state between two characters on, the quote, the backslash and control characters
 * aside: as before a word that is looked for anywhere, or where only a text's length counts. False where it would take
 * long to tell.
 */
export function isTotal(content: Content, state: number): boolean {
  let known = knownByContent.get(content);
  if (known === undefined) {
    known = { states: new Uint8Array(content.stateCount), tried: 0 };
    knownByContent.set(content, known);
  }
  if (known.states[state] === 0) settle(content, state, known);
  return known.states[state] === TOTAL;
}

/** Follows all characters from `start` on until one cannot be read, or no state is new: all of them are total then. */
function settle(content: Content, start: number, known: Known): void {
  const { states } = known;
  const groups = alikeGroups(content);
  const targets: number[] = [];
  const queue = [start];
  const parents = new Map([[start, 0]]);
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at];
    known.tried += groups.length;
    let isPartial = known.tried > MAX_TRIED;
    for (let i = 0; i < groups.length && !isPartial; i++) {
      isPartial = !findTargets(content, state, groups[i], targets);
      for (const target of targets) {
        if (states[target] === PARTIAL) isPartial = true;
        if (states[target] !== 0 || parents.has(target)) continue;
        parents.set(target, state);
        queue.push(target);
      }
    }
    if (!isPartial) continue;
    for (let back = state; back !== 0; back = parents.get(back)!) states[back] = PARTIAL;
    return;
  }
  for (const state of queue) states[state] = TOTAL;
}
