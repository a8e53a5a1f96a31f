import type { Binary, Configuration, Rope } from "../../grammar/index.js";
import type { Vocabulary } from "../../vocabulary/index.js";
import { hasBit, setBits } from "../masks/recipe.js";
import type { Levels, Unsure } from "./levelWalk.js";
import { clearGroup, firstHeld, type TokenGroup } from "./targets.js";
import { hasOtherEscape, type Inside, WayTexts } from "./wayTexts.js";

/** What is known about a document in addition to its configuration. */
export interface DocumentText {
  /** The incomplete string (with its opening quote), number or word at the end of the document; else empty. */
  begun(): Binary;
  /** The ending after `token`, and the configuration it leads to; undefined if the token cannot follow. */
  wayAfter(token: number): { count: number; way: Rope; reached: Configuration } | undefined;
}

/** Maximum length in bytes of an ending that is searched for texts. */
const MAX_WAY = 1 << 16;
/** Maximum number of tokens tried one by one per mask; the others are removed from the mask. */
const MAX_TRIALS = 512;

/**
 * Removes tokens from masks after which a document cannot be completed in time, if the ending depends on the document's texts:
 * keys or items that are still required must differ from earlier ones. Among tokens that lead to the same configuration, one is
 * tried for all, except tokens whose text the ending might use, which are tried individually.
 */
export class UnsureTokens {
  private readonly vocabulary: Vocabulary;
  private escapes: readonly number[] | undefined;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
  }

  restrict(
    mask: Uint32Array,
    configuration: Configuration,
    { unsure, trials, apart }: Levels,
    left: number,
    document: DocumentText,
  ): void {
    const single = new Set(trials);
    const texts = configuration.closingIsCompared
      ? undefined
      : this.textsOf(unsure, document.begun(), single);
    // Tokens along texts have counts of their own, which say nothing about others that lead to the same configuration.
    const separate = new Set([...apart.tokens, ...single]);
    for (const one of unsure) {
      const groups: TokenGroup[] = [...one.inside, Int32Array.from(one.others)];
      let token = -1;
      for (let i = 0; i < groups.length && token < 0; i++) token = firstHeld(mask, groups[i], separate);
      if (token < 0) continue;
      const tried = texts === undefined ? undefined : document.wayAfter(token);
      if (tried === undefined || !isKnown(texts!, tried.way, tried.reached)) {
        for (const group of groups) addHeld(mask, group, single, separate);
      } else if (tried.count > left) clearExcept(mask, groups, separate);
    }
    let tries = 0;
    for (const token of single) {
      if (!hasBit(mask, token)) continue;
      const isTried = ++tries <= MAX_TRIALS;
      if (!isTried || (document.wayAfter(token)?.count ?? Number.POSITIVE_INFINITY) > left)
        mask[token >>> 5] &= ~(1 << (token & 31));
    }
  }

  /** The texts of all endings; adds the tokens that they affect to `single`. Undefined if any token may be affected. */
  private textsOf(unsure: readonly Unsure[], begun: Binary, single: Set<number>): WayTexts | undefined {
    const texts = new WayTexts(begun);
    for (const { reached } of unsure) {
      const next = reached.resolved;
      const way = next.closing?.flatten(MAX_WAY);
      if (way === undefined) return undefined;
      next.interner.fuel.spend(way.length);
      texts.add(way, insideOf(next));
    }
    if (unsure.some(({ inside }) => inside.length > 0)) {
      if (!texts.addAlong(this.vocabulary, single)) return undefined;
      for (const token of this.withEscapes) single.add(token);
    }
    const { tokens } = this.vocabulary;
    for (const { others } of unsure)
      for (const token of others) if (texts.matters(tokens[token])) single.add(token);
    return texts;
  }

  /** Tokens that may spell a character differently (as an escape). */
  private get withEscapes(): readonly number[] {
    if (this.escapes === undefined) {
      const { size, tokens } = this.vocabulary;
      const found: number[] = [];
      for (let id = 0; id < size; id++)
        if (tokens[id].includes(0x5c) && hasOtherEscape(String.fromCharCode(...tokens[id]))) found.push(id);
      this.escapes = found;
    }
    return this.escapes;
  }
}

function isKnown(texts: WayTexts, way: Rope, reached: Configuration): boolean {
  const text = way.flatten(MAX_WAY);
  return text !== undefined && texts.holds(text, insideOf(reached));
}

function insideOf({ inString, places }: Configuration): Inside {
  if (inString) return "string";
  return places.some(({ kind }) => kind === "number" || kind === "literal") ? "word" : "nothing";
}

/**
 * Adds the tokens of a group that are in the mask to `single`, except separate ones; removes those beyond the remaining number of
 * trials from the mask.
 */
function addHeld(mask: Uint32Array, group: TokenGroup, single: Set<number>, separate: Set<number>): void {
  let token = firstHeld(mask, group, separate);
  for (; token >= 0 && single.size < MAX_TRIALS; token = firstHeld(mask, group, separate)) {
    single.add(token);
    separate.add(token);
  }
  if (token >= 0) clearExcept(mask, [group], separate);
}

function clearExcept(mask: Uint32Array, groups: readonly TokenGroup[], kept: ReadonlySet<number>): void {
  const held = [...kept].filter((token) => hasBit(mask, token));
  for (const group of groups) clearGroup(mask, group);
  setBits(mask, held);
}
