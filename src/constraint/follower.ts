import { type Binary, type Configuration, isNumberByte, isWhitespace, Rope } from "../grammar/index.js";

/** Follows a text byte by byte through an automaton and keeps the text, in which keys and items are looked up. */
export class Follower {
  configuration: Configuration;
  /** Length of the current run of white space. */
  whitespace = 0;
  length = 0;
  /** How often the text of a key or an item has been looked up. */
  resolved = 0;
  private bytes = new Uint8Array(256);
  private readonly maxWhitespace: number;

  constructor(start: Configuration, maxWhitespace: number) {
    this.configuration = start;
    this.maxWhitespace = maxWhitespace;
  }

  /** Accepts one byte; false if it cannot follow (the follower is then unusable until `reset`). */
  advance(byte: number): boolean {
    let from = this.configuration;
    if (from.hasNumber && !isNumberByte(byte)) {
      const after = from.endNumber();
      if (after === undefined) return false;
      from = after;
      while (from.hasPending) from = this.resolve(from) ?? from.interner.empty;
    }
    // After a number, text may follow, and white space is part of it.
    let run = 0;
    if (!from.inString && isWhitespace(byte)) {
      run = this.whitespace + 1;
      if (run > this.maxWhitespace) return false;
    }
    let next = from.step(byte);
    if (next === undefined) return false;
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = byte;
    while (next?.hasPending === true) next = this.resolve(next);
    if (next === undefined) return false;
    this.configuration = next;
    this.whitespace = run;
    return true;
  }

  /** Accepts all of `bytes`; false if one of them cannot follow. */
  advanceAll(bytes: Uint8Array): boolean {
    for (let i = 0; i < bytes.length; i++) if (!this.advance(bytes[i])) return false;
    return true;
  }

  /** Returns to an earlier state of the same text. */
  reset(configuration: Configuration, whitespace: number, length: number): void {
    this.configuration = configuration;
    this.whitespace = whitespace;
    this.length = length;
  }

  /** A short ending of the document, which takes the texts of the items it completes into account. */
  closing(): Rope {
    const { configuration, whitespace, length } = this;
    let rest = configuration.closing ?? Rope.EMPTY;
    if (!configuration.closingNeedsText) return rest;
    const { fuel } = configuration.interner;
    let text = "";
    try {
      for (let bytes = rest.bytes(), next = bytes.next(); !next.done; next = bytes.next()) {
        const before = this.resolved;
        fuel.spend(BYTE_WORK);
        if (!this.advance(next.value)) break;
        text += String.fromCharCode(next.value);
        if (this.resolved === before) continue;
        rest = this.configuration.closing ?? Rope.EMPTY;
        if (!this.configuration.closingNeedsText) return Rope.join(text, rest);
        bytes = rest.bytes();
      }
    } finally {
      this.reset(configuration, whitespace, length);
    }
    return Rope.of(text);
  }

  private resolve(configuration: Configuration): Configuration | undefined {
    this.resolved++;
    const isKey = this.bytes[this.length - 1] === 0x22;
    const value = this.lastValue();
    configuration.interner.fuel.spend(1 + value.length / BYTES_READ);
    return configuration.resolve(isKey ? this.lastString() : undefined, value);
  }

  /** The string (with its opening quote), number or word being read; else empty. */
  begun(): Binary {
    const { inString, places } = this.configuration;
    if (inString) return this.text(this.stringStart(this.length));
    if (!places.some(({ kind }) => kind === "number" || kind === "literal")) return "";
    let at = this.length;
    while (at > 0 && !isValueEdge(this.bytes[at - 1])) at--;
    return this.text(at);
  }

  /** The string that has just ended, without its opening quote. */
  private lastString(): Binary {
    return this.text(this.stringStart(this.length - 1) + 1);
  }

  /** The value that has just ended. */
  private lastValue(): Binary {
    const last = this.bytes[this.length - 1];
    if (last === 0x22) return this.text(this.stringStart(this.length - 1));
    if (last !== 0x7d && last !== 0x5d) {
      let at = this.length;
      while (at > 0 && !isValueEdge(this.bytes[at - 1])) at--;
      return this.text(at);
    }
    let depth = 0;
    for (let at = this.length - 1; at >= 0; at--) {
      const byte = this.bytes[at];
      if (byte === 0x22) at = this.stringStart(at);
      else if (byte === 0x7d || byte === 0x5d) depth++;
      else if ((byte === 0x7b || byte === 0x5b) && --depth === 0) return this.text(at);
    }
    return this.text(0);
  }

  /** Offset of the quote that opens the string whose closing quote is at `end`. */
  private stringStart(end: number): number {
    for (let at = end - 1; at >= 0; at--) {
      if (this.bytes[at] !== 0x22) continue;
      let escapes = 0;
      while (at - 1 - escapes >= 0 && this.bytes[at - 1 - escapes] === 0x5c) escapes++;
      if ((escapes & 1) === 0) return at;
    }
    return 0;
  }

  /** Decoded in chunks, since masks that depend on texts decode many, and decoding byte by byte would create garbage. */
  private text(from: number): Binary {
    let text = "";
    for (let at = from; at < this.length; at += PIECE) {
      const piece = this.bytes.subarray(at, Math.min(at + PIECE, this.length));
      text += String.fromCharCode.apply(null, piece as unknown as number[]);
    }
    return text;
  }
}

/** Approximate number of bytes of a text read in one elementary step. */
const BYTES_READ = 16;
/** Bytes decoded at once: arguments of one call. */
const PIECE = 4096;

/** Approximate cost of following one byte of an ending, in elementary steps. */
const BYTE_WORK = 8;

/** A number or a word follows white space, a comma or an opening bracket. */
function isValueEdge(byte: number): boolean {
  return isWhitespace(byte) || byte === 0x2c || byte === 0x5b || byte === 0x3a || byte === 0x7b;
}
