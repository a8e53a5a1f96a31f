import type { Trie } from "../../vocabulary/index.js";

/** Maximum number of cached tokens and nodes for all subtrees of one kind; beyond it they are dropped and recomputed on demand. */
const MAX_KEPT = 4 << 20;

/** Cached results about subtrees of tries, read from a state of some machine. */
export class SubtreeMemo<Machine extends object, Subtree> {
  private byTrie = new WeakMap<Trie, WeakMap<Machine, Map<number, Subtree>>>();
  private kept = 0;

  get(trie: Trie, node: number, machine: Machine, state: number): Subtree | undefined {
    return this.byTrie
      .get(trie)
      ?.get(machine)
      ?.get(state * trie.size + node);
  }

  /** `size`: approximate number of tokens and nodes in it. */
  set(trie: Trie, node: number, machine: Machine, state: number, subtree: Subtree, size: number): void {
    this.kept += size + 16;
    if (this.kept > MAX_KEPT) {
      this.byTrie = new WeakMap();
      this.kept = size;
    }
    let byMachine = this.byTrie.get(trie);
    if (byMachine === undefined) this.byTrie.set(trie, (byMachine = new WeakMap()));
    let subtrees = byMachine.get(machine);
    if (subtrees === undefined) byMachine.set(machine, (subtrees = new Map()));
    subtrees.set(state * trie.size + node, subtree);
  }
}
