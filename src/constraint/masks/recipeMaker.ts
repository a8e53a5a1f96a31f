import type { Trie, Vocabulary } from "../../vocabulary/index.js";
import { BaseSets } from "./baseSets.js";
import type { MaskPart, MaskRecipe, TokenList } from "./recipe.js";

/** Lists and subtrees with at least this many tokens are worth a separate set. */
const LONG = 32;

const NO_NODES: readonly number[] = [];

/** A recipe being built. */
export class RecipeMaker {
  readonly tokens: number[] = [];
  readonly lists: TokenList[] = [];
  readonly doubtful: number[] = [];
  private readonly parts: (MaskPart & { lists: TokenList[] })[] = [];
  private readonly shared: SharedInRecipes;

  constructor(shared: SharedInRecipes) {
    this.shared = shared;
  }

  /** Adds a set and lists, minus the tokens below nodes of the trie; tokens permitted by other parts remain permitted. */
  addPart(set: Uint32Array, lists: TokenList[], less: readonly number[]): void {
    const same =
      less.length > 0 ? undefined : this.parts.find((other) => other.set === set && other.less.length === 0);
    if (same === undefined) this.parts.push({ set, lists, less });
    else for (const list of lists) if (!same.lists.includes(list)) same.lists.push(list);
  }

  /** Adds doubtful tokens, minus those below nodes of the trie. */
  addDoubtful(tokens: TokenList, less: readonly number[]): void {
    for (const token of tokens) if (!this.shared.isBelow(token, less)) this.doubtful.push(token);
  }

  finish(): MaskRecipe {
    const { parts, tokens, lists, doubtful, shared } = this;
    const first = parts.length === 0 ? undefined : parts[0];
    const less = first?.less ?? NO_NODES;
    const found: TokenList[] = [];
    const made: MaskPart[] = [];
    // Tokens that the first part removes remain permitted if other lists contain them, so those lists cannot join its base.
    const besides = less.length > 0 ? first!.lists : first === undefined ? lists : [...first.lists, ...lists];
    const base = shared.baseOf(first?.set, besides, less);
    if (base !== undefined) made.push({ set: base, less: shared.shortOf(less) });
    else if (first !== undefined) made.push({ set: first.set, less });
    for (const list of besides)
      if (base === undefined || list.length < LONG) found.push(shared.without(list, less));
    if (less.length > 0) found.push(...lists);
    for (let i = 1; i < parts.length; i++) {
      made.push(parts[i]);
      for (const list of parts[i].lists) found.push(shared.without(list, parts[i].less));
    }
    return { parts: kept(made), tokens: kept(tokens), lists: kept(found), doubtful: kept(doubtful) };
  }
}

const NOTHING: readonly never[] = [];

/** A copy of a list without spare capacity, because there are many recipes. */
function kept<Item>(list: readonly Item[]): readonly Item[] {
  return list.length === 0 ? NOTHING : list.slice();
}

/** What the recipes of one vocabulary share. */
export class SharedInRecipes {
  private readonly trie: Trie;
  private readonly bases: BaseSets;
  /** By token: its position in the trie's payload. */
  private readonly positions: Int32Array;

  constructor({ maskWords, size, trie }: Vocabulary) {
    this.trie = trie;
    this.bases = new BaseSets(maskWords, trie);
    this.positions = new Int32Array(size).fill(-1);
    for (let i = 0; i < trie.payload.length; i++) this.positions[trie.payload[i]] = i;
  }

  isBelow(token: number, nodes: readonly number[]): boolean {
    const { end, first } = this.trie;
    const position = this.positions[token];
    for (const node of nodes) if (position >= first[node] && position < first[end[node]]) return true;
    return false;
  }

  /** The list minus the tokens below nodes. */
  without(list: TokenList, nodes: readonly number[]): TokenList {
    for (let i = 0; nodes.length > 0 && i < list.length; i++)
      if (this.isBelow(list[i], nodes)) return list.filter((token) => !this.isBelow(token, nodes));
    return list;
  }

  /** The base set of the long lists and nodes, if there is one. */
  baseOf(
    set: Uint32Array | undefined,
    lists: readonly TokenList[],
    less: readonly number[],
  ): Uint32Array | undefined {
    const long = lists.filter((list) => list.length >= LONG);
    const longLess = less.length === 0 ? less : less.filter((node) => this.isLong(node));
    return long.length + longLess.length === 0 ? undefined : this.bases.of(set, long, longLess);
  }

  /** The nodes that no base set has removed. */
  shortOf(nodes: readonly number[]): readonly number[] {
    return nodes.length === 0 ? nodes : nodes.filter((node) => !this.isLong(node));
  }

  private isLong(node: number): boolean {
    const { end, first } = this.trie;
    return first[end[node]] - first[node] >= LONG;
  }
}
