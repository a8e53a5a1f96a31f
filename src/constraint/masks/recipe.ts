import type { Trie } from "../../vocabulary/index.js";

/**
 * A mask in parts: sets shared with other configurations, and single tokens. A recipe is small, and filling a mask from it takes a
 * copy and a few bits.
 */
export interface MaskRecipe {
  readonly parts: readonly MaskPart[];
  readonly tokens: readonly number[];
  /** Further tokens, in lists shared with other masks. */
  readonly lists: readonly TokenList[];
  /** Doubtful tokens: they complete an item that must not repeat an earlier one, and are tried before they are permitted. */
  readonly doubtful: readonly number[];
}

/** A set shared by many masks, minus the tokens below some nodes of the vocabulary's trie. */
export interface MaskPart {
  readonly set: Uint32Array;
  readonly less: readonly number[];
}

export type TokenList = readonly number[];

/** Writes the recipe's tokens, except the doubtful ones; `trie` is the vocabulary's. */
export function fillMask(mask: Uint32Array, { parts, tokens, lists }: MaskRecipe, trie: Trie): void {
  if (parts.length === 0) mask.fill(0);
  else {
    const { set, less } = parts[0];
    mask.set(set);
    for (let i = 0; i < less.length; i++) clearBelow(mask, less[i], trie);
    for (let i = 1; i < parts.length; i++) addPart(mask, parts[i], trie);
  }
  setBits(mask, tokens);
  for (let i = 0; i < lists.length; i++) setBits(mask, lists[i]);
}

export function setBits(mask: Uint32Array, tokens: TokenList): void {
  for (let i = 0; i < tokens.length; i++) mask[tokens[i] >>> 5] |= 1 << (tokens[i] & 31);
}

export function hasBit(mask: Uint32Array, token: number): boolean {
  return ((mask[token >>> 5] >>> (token & 31)) & 1) === 1;
}

/** Removes the tokens below a node. */
export function clearBelow(mask: Uint32Array, node: number, { end, first, payload }: Trie): void {
  const last = first[end[node]];
  for (let i = first[node]; i < last; i++) mask[payload[i] >>> 5] &= ~(1 << (payload[i] & 31));
}

function addPart(mask: Uint32Array, { set, less }: MaskPart, trie: Trie): void {
  const { end, first, payload } = trie;
  // Tokens permitted by other parts remain permitted.
  const kept: number[] = [];
  for (const node of less) {
    for (let i = first[node]; i < first[end[node]]; i++)
      if (((mask[payload[i] >>> 5] >>> (payload[i] & 31)) & 1) === 1) kept.push(payload[i]);
  }
  for (let word = 0; word < set.length; word++) mask[word] |= set[word];
  for (const node of less) clearBelow(mask, node, trie);
  setBits(mask, kept);
}
