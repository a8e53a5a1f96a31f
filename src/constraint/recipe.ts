/**
 * A mask in parts: whole sets shared with other configurations, and single tokens besides. Small to keep, and a mask
 * is filled from it with a copy and a few bits.
 */
export interface MaskRecipe {
  readonly parts: readonly MaskPart[];
  readonly tokens: readonly number[];
  /** More tokens, in lists that other masks share. */
  readonly lists: readonly (readonly number[])[];
  /** Tokens that complete an item which must not repeat an earlier one: to be tried before they are allowed. */
  readonly doubtful: readonly number[];
}

/** A set that many masks share, less a few of its tokens. */
export interface MaskPart {
  readonly set: Uint32Array;
  readonly less: readonly number[];
}

/** Writes all of the recipe but its doubtful tokens. */
export function fillMask(mask: Uint32Array, { parts, tokens, lists }: MaskRecipe): void {
  if (parts.length === 0) mask.fill(0);
  else {
    mask.set(parts[0].set);
    for (const token of parts[0].less) mask[token >>> 5] &= ~(1 << (token & 31));
    for (let i = 1; i < parts.length; i++) addPart(mask, parts[i]);
  }
  setBits(mask, tokens);
  for (let i = 0; i < lists.length; i++) setBits(mask, lists[i]);
}

function setBits(mask: Uint32Array, tokens: readonly number[]): void {
  for (let i = 0; i < tokens.length; i++) mask[tokens[i] >>> 5] |= 1 << (tokens[i] & 31);
}

function addPart(mask: Uint32Array, { set, less }: MaskPart): void {
  // What other parts allow stays allowed.
  const own = less.filter((token) => ((mask[token >>> 5] >>> (token & 31)) & 1) === 0);
  for (let word = 0; word < set.length; word++) mask[word] |= set[word];
  for (const token of own) mask[token >>> 5] &= ~(1 << (token & 31));
}

/** A recipe being made. */
export class RecipeMaker implements MaskRecipe {
  readonly parts: MaskPart[] = [];
  readonly tokens: number[] = [];
  readonly lists: (readonly number[])[] = [];
  readonly doubtful: number[] = [];

  /** Adds a list that other masks share, or its tokens where they have to be tried. */
  add(list: readonly number[], isDoubtful: boolean): void {
    if (list.length === 0) return;
    if (isDoubtful) for (const token of list) this.doubtful.push(token);
    else this.lists.push(list);
  }
}
