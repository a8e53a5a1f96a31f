import { LimitError } from "../../errors.js";
import type { Fuel, Rope } from "../../grammar/index.js";
import type { Trie, Vocabulary } from "../../vocabulary/index.js";

/** Maximum length in bytes of the tokens with which endings are spelled. */
const MAX_TOKEN = 32;
/** Token count of a text that no tokens spell: more than any budget. */
const UNSPELLABLE = 2 ** 40;
/** Maximum number of cached contexts; beyond it they are dropped and rebuilt on demand. */
const MAX_CONTEXTS = 20_000;
/** Maximum number of contexts per rope for which token counts are cached. */
const MAX_NOTES = 256;
/** Shorter ropes are not cached. */
const LEAST_NOTED = 32;
/** Maximum length in bytes of a text that is spelled out. */
const MAX_TEXT = 8 << 20;

/**
 * What follows a text, as far as it affects the minimum number of tokens for the text before it: the next bytes, and the relative
 * number of tokens that the rest takes from each of them on. Reading a text backwards leads from context to context, so
 * equal texts before equal contexts are spelled once.
 */
interface Context {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** Tokens from each byte on, minus those from the first byte on; has an extra entry if the text ends. */
  readonly relative: Int32Array;
  /** By preceding byte: the next context, and the tokens that are added. */
  readonly before: (Step | undefined)[];
}

interface Step {
  readonly context: Context;
  readonly added: number;
}

/** For contexts at the end of a rope: the context at its start, and the number of tokens. */
interface Notes {
  readonly spelling: Spelling;
  readonly generation: number;
  readonly byContext: Map<number, Step>;
}

/** Spells texts with the fewest tokens of one vocabulary. */
export class Spelling {
  private readonly vocabulary: Vocabulary;
  private readonly trie: Trie;
  private contexts = new Map<string, Context>();
  private generation = 0;
  private nextContext = 1;
  private end: Context;
  private readonly width: number;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.trie = vocabulary.trie;
    let longest = 1;
    for (let node = 0; node < this.trie.size; node++) longest = Math.max(longest, this.trie.depth[node]);
    this.width = Math.min(longest, MAX_TOKEN);
    this.end = this.intern(new Uint8Array(0), Int32Array.of(0));
  }

  /** The minimum number of tokens that spell `rope` up to the end of the document. */
  count(rope: Rope, fuel: Fuel): number {
    if (this.contexts.size > MAX_CONTEXTS) this.forget();
    return this.through(rope, this.end, fuel).added;
  }

  private forget(): void {
    this.contexts = new Map();
    this.generation++;
    this.end = this.intern(new Uint8Array(0), Int32Array.of(0));
  }

  /** Reads the rope backwards, with a stack instead of recursion because ropes are deep. */
  private through(whole: Rope, from: Context, fuel: Fuel): Step {
    let context = from;
    let added = 0;
    const stack: (Rope | Mark)[] = [whole];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (top instanceof Mark) {
        this.note(top.rope, top.from, { context, added: added - top.added });
        continue;
      }
      if (top.text !== undefined) {
        const { text } = top;
        fuel.spend(text.length);
        for (let i = text.length - 1; i >= 0; i--) {
          const step = this.before(context, text.charCodeAt(i), fuel);
          context = step.context;
          added += step.added;
        }
        continue;
      }
      const known = this.noted(top, context);
      if (known !== undefined) {
        context = known.context;
        added += known.added;
        continue;
      }
      if (top.length >= LEAST_NOTED) stack.push(new Mark(top, context.id, added));
      if (top.unit === undefined) stack.push(top.left!, top.right!);
      else {
        const step = this.repeated(top.unit, top.times, context, fuel);
        context = step.context;
        added += step.added;
      }
    }
    return { context, added };
  }

  /** The contexts before copies of a unit eventually repeat, and with them the number of tokens per cycle. */
  private repeated(unit: Rope, times: number, from: Context, fuel: Fuel): Step {
    const seen = new Map<number, { copy: number; added: number }>();
    let context = from;
    let added = 0;
    for (let copy = 0; copy < times; copy++) {
      const before = seen.get(context.id);
      if (before !== undefined) {
        const round = copy - before.copy;
        const rounds = Math.floor((times - copy) / round);
        added += rounds * (added - before.added);
        copy += rounds * round;
        seen.clear();
        if (copy >= times) break;
      } else seen.set(context.id, { copy, added });
      const step = this.through(unit, context, fuel);
      context = step.context;
      added += step.added;
    }
    return { context, added };
  }

  private noted(rope: Rope, context: Context): Step | undefined {
    const notes = rope.note as Notes | undefined;
    if (notes === undefined || notes.spelling !== this || notes.generation !== this.generation)
      return undefined;
    return notes.byContext.get(context.id);
  }

  private note(rope: Rope, from: number, step: Step): void {
    let notes = rope.note as Notes | undefined;
    if (
      notes === undefined ||
      notes.spelling !== this ||
      notes.generation !== this.generation ||
      notes.byContext.size >= MAX_NOTES
    ) {
      rope.note = notes = { spelling: this, generation: this.generation, byContext: new Map() };
    }
    notes.byContext.set(from, step);
  }

  private before(context: Context, byte: number, fuel: Fuel): Step {
    let step = context.before[byte];
    if (step === undefined) {
      fuel.spend(2 * this.width);
      context.before[byte] = step = this.findBefore(context, byte);
    }
    return step;
  }

  private findBefore({ bytes, relative }: Context, byte: number): Step {
    const { trie, width } = this;
    let best = UNSPELLABLE;
    let node = trie.child(0, byte);
    for (let length = 1; node >= 0; length++) {
      if (trie.first[node + 1] > trie.first[node] && relative[length - 1] < best) best = relative[length - 1];
      if (length > bytes.length || length >= width) break;
      node = trie.child(node, bytes[length - 1]);
    }
    // No token starts here, so the text cannot be spelled: its count exceeds any budget from here on.
    const added = best === UNSPELLABLE ? UNSPELLABLE : best + 1;
    const kept = Math.min(bytes.length + 1, width);
    const text = new Uint8Array(kept);
    text[0] = byte;
    text.set(bytes.subarray(0, kept - 1), 1);
    const size = Math.min(relative.length + 1, width + 1);
    const counts = new Int32Array(size);
    for (let i = 1; i < size; i++)
      counts[i] = best === UNSPELLABLE ? relative[i - 1] : relative[i - 1] - added;
    return { context: this.intern(text, counts), added };
  }

  private intern(bytes: Uint8Array, relative: Int32Array): Context {
    let key = "";
    for (let i = 0; i < bytes.length; i++)
      key += String.fromCharCode(bytes[i], (relative[i] + 0x8000) & 0xffff);
    if (relative.length > bytes.length) key += `.${relative[relative.length - 1]}`;
    let context = this.contexts.get(key);
    if (context === undefined) {
      context = { id: this.nextContext++, bytes, relative, before: [] };
      this.contexts.set(key, context);
    }
    return context;
  }

  /** The shortest sequence of tokens that spells the rope; among equally short ones, that with the longest first tokens. */
  tokens(rope: Rope, fuel: Fuel): Int32Array {
    const text = rope.flatten(MAX_TEXT);
    if (text === undefined) {
      throw new LimitError("stepWork", `The shortest way to the end has ${rope.length} bytes.`);
    }
    fuel.spend(text.length * 8);
    const { trie, width } = this;
    const least = new Float64Array(text.length + 1);
    const chosen = new Int32Array(text.length);
    for (let at = text.length - 1; at >= 0; at--) {
      let best = UNSPELLABLE;
      let node = 0;
      for (let end = at; end < text.length && end - at < width; end++) {
        node = trie.child(node, text.charCodeAt(end));
        if (node < 0) break;
        if (trie.first[node + 1] === trie.first[node] || least[end + 1] > best) continue;
        best = least[end + 1];
        chosen[at] = trie.payload[trie.first[node]];
      }
      least[at] = best + 1;
    }
    if (least[0] >= UNSPELLABLE) return new Int32Array(0);
    const tokens = new Int32Array(least[0]);
    for (let at = 0, i = 0; at < text.length; i++) {
      tokens[i] = chosen[at];
      at += this.vocabulary.tokens[chosen[at]].length;
    }
    return tokens;
  }
}

/** Stacked below the parts of a rope: what to cache when they have been read. */
class Mark {
  readonly rope: Rope;
  readonly from: number;
  readonly added: number;

  constructor(rope: Rope, from: number, added: number) {
    this.rope = rope;
    this.from = from;
    this.added = added;
  }
}
