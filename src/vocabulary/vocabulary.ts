import { FormworkError } from "../errors.js";
import { Trie } from "./trie.js";

export interface VocabularyOptions {
  /** The bytes each token stands for, by id. Control tokens have none that count: name them in `special`. */
  tokens: readonly Uint8Array[];
  /** Ids that never stand for text: control, unknown, unused. */
  special: readonly number[];
  /** The id that ends a document. */
  eos: number;
  /**
   * The model's own tokenizer for text in the middle of an answer (no begin token, no prefix space).
   * Without it, forced tokens are only those that stand alone in their mask.
   */
  tokenize?: (text: string) => Int32Array | readonly number[];
}

/** What a model can write: the bytes of each token. Immutable; one a model, shared by all grammars. */
export class Vocabulary {
  readonly size: number;
  readonly eos: number;
  /** Length of a mask in 32-bit words. */
  readonly maskWords: number;
  readonly tokens: readonly Uint8Array[];
  readonly tokenize: ((text: string) => Int32Array | readonly number[]) | undefined;
  private readonly specialBits: Uint32Array;
  private builtTrie: Trie | undefined;

  constructor(options: VocabularyOptions) {
    this.tokens = options.tokens;
    this.size = options.tokens.length;
    this.eos = options.eos;
    this.tokenize = options.tokenize;
    this.maskWords = (this.size + 31) >>> 5;
    if (!Number.isInteger(options.eos) || options.eos < 0 || options.eos >= this.size) {
      throw new FormworkError(
        "invalid_request",
        `The end token ${options.eos} is not in the vocabulary of ${this.size} tokens.`,
      );
    }
    this.specialBits = new Uint32Array(this.maskWords);
    for (const id of options.special) this.specialBits[id >>> 5] |= 1 << (id & 31);
    this.specialBits[this.eos >>> 5] |= 1 << (this.eos & 31);
  }

  /** Whether `token` is a control token (the end token is one): such a token is never text. */
  isSpecial(token: number): boolean {
    return ((this.specialBits[token >>> 5] >>> (token & 31)) & 1) === 1;
  }

  /** All tokens that are text, by their bytes; payloads are token ids. Built on first use. */
  get trie(): Trie {
    if (this.builtTrie === undefined) {
      const ids: number[] = [];
      for (let id = 0; id < this.size; id++)
        if (!this.isSpecial(id) && this.tokens[id].length > 0) ids.push(id);
      this.builtTrie = new Trie(
        ids.map((id) => this.tokens[id]),
        ids,
      );
    }
    return this.builtTrie;
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
