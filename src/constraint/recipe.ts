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

/** A set that many masks share and lists beside it, less the tokens of other lists. */
export interface MaskPart {
  readonly set: Uint32Array;
  readonly lists: readonly (readonly number[])[];
  readonly less: readonly Int32Array[];
}

/** Writes all of the recipe but its doubtful tokens. */
export function fillMask(mask: Uint32Array, { parts, tokens, lists }: MaskRecipe): void {
  if (parts.length === 0) mask.fill(0);
  else {
    const { set, less } = parts[0];
    mask.set(set);
    setLists(mask, parts[0].lists);
    for (let i = 0; i < less.length; i++) clearBits(mask, less[i]);
    for (let i = 1; i < parts.length; i++) addPart(mask, parts[i]);
  }
  setBits(mask, tokens);
  setLists(mask, lists);
}

function setLists(mask: Uint32Array, lists: readonly (readonly number[])[]): void {
  for (let i = 0; i < lists.length; i++) setBits(mask, lists[i]);
}

function setBits(mask: Uint32Array, tokens: readonly number[]): void {
  for (let i = 0; i < tokens.length; i++) mask[tokens[i] >>> 5] |= 1 << (tokens[i] & 31);
}

function clearBits(mask: Uint32Array, tokens: Int32Array): void {
  for (let i = 0; i < tokens.length; i++) mask[tokens[i] >>> 5] &= ~(1 << (tokens[i] & 31));
}

function addPart(mask: Uint32Array, { set, lists, less }: MaskPart): void {
  // What other parts allow stays allowed.
  const kept: number[] = [];
  for (const list of less)
    for (const token of list) if (((mask[token >>> 5] >>> (token & 31)) & 1) === 1) kept.push(token);
  for (let word = 0; word < set.length; word++) mask[word] |= set[word];
  setLists(mask, lists);
  for (const list of less) clearBits(mask, list);
  setBits(mask, kept);
}

/** A recipe being made. */
export class RecipeMaker implements MaskRecipe {
  readonly parts: (MaskPart & { lists: (readonly number[])[] })[] = [];
  readonly tokens: number[] = [];
  readonly lists: (readonly number[])[] = [];
  readonly doubtful: number[] = [];

  addPart(part: MaskPart & { lists: (readonly number[])[] }): void {
    const { parts } = this;
    const same =
      part.less.length > 0
        ? undefined
        : parts.find((other) => other.set === part.set && other.less.length === 0);
    if (same === undefined) parts.push(part);
    else for (const list of part.lists) if (!same.lists.includes(list)) same.lists.push(list);
  }

  /** Adds tokens that have to be tried, less those of other lists. */
  addDoubtful(tokens: readonly number[], less: readonly Int32Array[]): void {
    const out = less.length === 0 || tokens.length === 0 ? undefined : new Set<number>();
    if (out !== undefined) for (const list of less) for (const token of list) out.add(token);
    for (const token of tokens) if (out === undefined || !out.has(token)) this.doubtful.push(token);
  }
}
