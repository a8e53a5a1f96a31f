import { FormworkError } from "../errors.js";
import { makeTables, makeTrie, type TokenTexts, type VocabularyTables } from "./tables.js";
import type { Trie } from "./trie.js";

/** The tokens of a model. */
export interface VocabularyOptions {
  /** The bytes each token stands for, by id. Control tokens have none that count: name them in `special`. */
  tokens: readonly Uint8Array[];
  /** Ids that never stand for text: control, unknown, unused. */
  special: readonly number[];
  /** The id that ends a document; or several, any of which does. The first is the one that is written. */
  eos: number | readonly number[];
  /** Number of ids that the model has logits for, where that is more than `tokens`: the ids beyond stand for nothing. */
  size?: number;
  /**
   * The model's own tokenizer for text in the middle of an answer (no begin token, no prefix space).
   * Without it, forced tokens are only those that stand alone in their mask.
   */
  tokenize?: (text: string) => Int32Array | readonly number[];
}

const NO_BYTES = new Uint8Array(0);

/** What a model can write: the bytes of each token. Immutable; one a model, shared by all grammars. */
export class Vocabulary {
  /** Ids that a mask has bits for. */
  readonly size: number;
  /** The end token that is written. */
  readonly eos: number;
  /** All tokens that end a document. */
  readonly ends: readonly number[];
  /** Length of a mask in 32-bit words. */
  readonly maskWords: number;
  /** The bytes each token stands for, by id. */
  readonly tokens: readonly Uint8Array[];
  /** The model's own tokenizer, where there is one. */
  readonly tokenize: ((text: string) => Int32Array | readonly number[]) | undefined;
  private readonly specialBits: Uint32Array;
  private readonly endBits: Uint32Array;
  private builtTrie: Trie | undefined;
  private keptTables: VocabularyTables | undefined;

  constructor(options: VocabularyOptions) {
    const { size = options.tokens.length } = options;
    const missing = size - options.tokens.length;
    this.tokens =
      missing <= 0 ? options.tokens : [...options.tokens, ...new Array<Uint8Array>(missing).fill(NO_BYTES)];
    this.size = this.tokens.length;
    this.ends = typeof options.eos === "number" ? [options.eos] : [...new Set(options.eos)];
    this.eos = this.ends[0];
    this.tokenize = options.tokenize;
    this.maskWords = (this.size + 31) >>> 5;
    this.specialBits = new Uint32Array(this.maskWords);
    this.endBits = new Uint32Array(this.maskWords);
    if (this.ends.length === 0)
      throw new FormworkError("invalid_request", "A vocabulary needs an end token.");
    for (const id of this.ends) {
      if (!Number.isInteger(id) || id < 0 || id >= this.size) {
        throw new FormworkError(
          "invalid_request",
          `The end token ${id} is not in the vocabulary of ${this.size} tokens.`,
        );
      }
      this.endBits[id >>> 5] |= 1 << (id & 31);
      this.specialBits[id >>> 5] |= 1 << (id & 31);
    }
    for (const id of options.special) this.specialBits[id >>> 5] |= 1 << (id & 31);
  }

  /** Whether `token` ends a document. */
  isEnd(token: number): boolean {
    return ((this.endBits[token >>> 5] >>> (token & 31)) & 1) === 1;
  }

  /** Whether `token` is a control token (the end token is one): such a token is never text. */
  isSpecial(token: number): boolean {
    return ((this.specialBits[token >>> 5] >>> (token & 31)) & 1) === 1;
  }

  /** All tokens that are text, by their bytes; payloads are token ids. Built on first use. */
  get trie(): Trie {
    this.builtTrie ??= this.keptTables?.trie ?? makeTrie(this.texts);
    return this.builtTrie;
  }

  /** What masks are worked out with; made on first use, where it was not adopted before. */
  get tables(): VocabularyTables {
    this.keptTables ??= makeTables(this.texts, this.trie);
    return this.keptTables;
  }

  /** Takes tables that were made of the same tokens before. */
  adopt(tables: VocabularyTables): void {
    this.keptTables = tables;
    this.builtTrie = tables.trie;
  }

  private get texts(): TokenTexts {
    const { tokens, size } = this;
    return { tokens, size, isSpecial: (token) => this.isSpecial(token) };
  }

  /** The bytes that `tokens` stand for, one after the other. */
  bytesOf(tokens: ArrayLike<number>): Uint8Array {
    let length = 0;
    for (let i = 0; i < tokens.length; i++) length += this.tokens[tokens[i]].length;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < tokens.length; i++) {
      bytes.set(this.tokens[tokens[i]], at);
      at += this.tokens[tokens[i]].length;
    }
    return bytes;
  }
}
