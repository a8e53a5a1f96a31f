import type { TokenList } from "./recipe.js";

/** Tokens kept in all lists; past it they are forgotten: equal lists that come later are then other objects. */
const MOST_KEPT = 2 << 20;

/** Makes equal lists of tokens one object: most are found again in nearly every schema. */
export class TokenLists {
  private readonly byHash = new Map<number, TokenList[]>();
  private kept = 0;

  of(tokens: TokenList): TokenList {
    let hash = tokens.length;
    for (let i = 0; i < tokens.length; i++) hash = (Math.imul(hash, 0x01000193) ^ tokens[i]) | 0;
    let alike = this.byHash.get(hash);
    if (alike !== undefined) {
      for (const list of alike) if (areEqual(list, tokens)) return list;
    }
    this.kept += tokens.length + 16;
    if (this.kept > MOST_KEPT) {
      this.byHash.clear();
      this.kept = tokens.length + 16;
      alike = undefined;
    }
    // A copy has no room to grow, as a list being filled has.
    const list = tokens.slice();
    if (alike === undefined) this.byHash.set(hash, [list]);
    else alike.push(list);
    return list;
  }
}

function areEqual(a: TokenList, b: TokenList): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
