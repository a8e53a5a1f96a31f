import { alikeGroups, findTargets } from "./characterGroups.js";
import type { Content } from "./content.js";

/** Maximum number of groups of characters tried at the states of one content; beyond it states count as not total. */
const MAX_TRIED = 40_000;

/** By state of a content: 0 if unknown, else `TOTAL` or `PARTIAL`. */
interface Known {
  readonly states: Uint8Array;
  tried: number;
}

const TOTAL = 1;
const PARTIAL = 2;
const knownByContent = new WeakMap<Content, Known>();

/**
 * Whether every text, except with the quote, the backslash and control characters, can be read from a state at a character
 * boundary: for example before a word that may occur anywhere, or if only the length matters. False if determining it would take
 * too long.
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

/** Follows all characters from `start` until one cannot be read, or no state is new: then all these states are total. */
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
