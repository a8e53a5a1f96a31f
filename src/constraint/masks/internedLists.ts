/** Maximum total number of items in interned lists; beyond it they are dropped, and later equal lists are different objects. */
const MAX_KEPT = 2 << 20;

type List = readonly number[] | Uint32Array;

/** Interns lists of tokens or nodes: most recur in nearly every schema. */
export class InternedLists {
  private readonly byHash = new Map<number, (readonly number[])[]>();
  private kept = 0;

  of(list: readonly number[]): readonly number[] {
    const hash = hashOf(list);
    let alike = this.byHash.get(hash);
    const known = alike?.find((one) => areEqual(one, list));
    if (known !== undefined) return known;
    this.kept += list.length + 16;
    if (this.kept > MAX_KEPT) {
      this.byHash.clear();
      this.kept = list.length + 16;
      alike = undefined;
    }
    // A copy has no spare capacity, unlike a list being filled.
    const copy = list.slice();
    if (alike === undefined) this.byHash.set(hash, [copy]);
    else alike.push(copy);
    return copy;
  }
}

/** Interns sets of tokens. */
export class InternedSets {
  private readonly byHash = new Map<number, Uint32Array[]>();

  of(set: Uint32Array): Uint32Array {
    const hash = hashOf(set);
    const alike = this.byHash.get(hash);
    const known = alike?.find((one) => areEqual(one, set));
    if (known !== undefined) return known;
    if (alike === undefined) this.byHash.set(hash, [set]);
    else alike.push(set);
    return set;
  }

  clear(): void {
    this.byHash.clear();
  }
}

function hashOf(list: List): number {
  let hash = list.length;
  for (let i = 0; i < list.length; i++) hash = (Math.imul(hash, 0x01000193) ^ list[i]) | 0;
  return hash;
}

function areEqual(a: List, b: List): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
