import { FormworkError } from "../errors.js";
import { makeTables, makeTrie, type TokenTexts, type VocabularyTables } from "./tables.js";
import type { Trie } from "./trie.js";

/** The tokens of a model. */
export interface VocabularyOptions {
  /** The bytes of each token, by id. Those of control tokens, listed in `special`, are ignored. */
  tokens: readonly Uint8Array[];
  /** Ids of tokens that are not text: control, unknown and unused tokens. */
  special: readonly number[];
  /** The id or ids that end a document. The first is the one that is generated. */
  eos: number | readonly number[];
  /** Number of logits of the model, if greater than the number of `tokens`; the additional ids are unused. */
  size?: number;
  /**
   * The model's tokenizer, for text in the middle of an answer (no begin token, no leading space). Without it, tokens are forced only
   * if they are alone in their mask.
   */
  tokenize?: (text: string) => Int32Array | readonly number[];
}

const NO_BYTES = new Uint8Array(0);

/** The tokens of a model. Immutable; one per model, shared by all grammars. */
export class Vocabulary {
  /** Number of ids in a mask. */
  readonly size: number;
  /** The end token that is generated. */
  readonly eos: number;
  /** All tokens that end a document. */
  readonly ends: readonly number[];
  /** Length of a mask in 32-bit words. */
  readonly maskWords: number;
  /** The bytes each token stands for, by id. */
  readonly tokens: readonly Uint8Array[];
  /** The model's tokenizer, if there is one. */
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

  /** Whether `token` is a control token, such as the end token, and therefore not text. */
  isSpecial(token: number): boolean {
    return ((this.specialBits[token >>> 5] >>> (token & 31)) & 1) === 1;
  }

  /** All tokens that are text, by their bytes; payloads are token ids. Built on first use. */
  get trie(): Trie {
    this.builtTrie ??= this.keptTables?.trie ?? makeTrie(this.texts);
    return this.builtTrie;
  }

  /** The tables for computing masks; built on first use unless `adopt` provided them. */
  get tables(): VocabularyTables {
    this.keptTables ??= makeTables(this.texts, this.trie);
    return this.keptTables;
  }

  /** Uses tables that were built earlier from the same tokens. */
  adopt(tables: VocabularyTables): void {
    this.keptTables = tables;
    this.builtTrie = tables.trie;
  }

  private get texts(): TokenTexts {
    const { tokens, size } = this;
    return { tokens, size, isSpecial: (token) => this.isSpecial(token) };
  }

  /** The concatenated bytes of `tokens`. */
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
