import type { Grammar, Matcher } from "../../../constraint/index.js";
import { Vocabulary } from "../../../vocabulary/index.js";

/** One token per byte, so that a matcher can follow text whatever the remote model's tokens are. */
const BYTES = new Vocabulary({
  tokens: Array.from({ length: 257 }, (_, byte) => (byte < 256 ? Uint8Array.of(byte) : new Uint8Array())),
  special: [256],
  eos: 256,
});

const ENCODER = new TextEncoder();

/**
 * Follows a document generated elsewhere against the grammar: determines how much of the text is the start of a valid document, and how
 * to complete that. The grammar only accepts canonical spellings of keys and constants, so a mismatch does not prove that the text
 * is invalid.
 */
export class DocumentFollower {
  private readonly matcher: Matcher;
  private readonly decoder = new TextDecoder();
  /** Half of a surrogate pair at the end of a piece. */
  private half = "";
  /** Whether the text has left the grammar, or continues after the end. */
  lost = false;

  constructor(grammar: Grammar) {
    this.matcher = grammar.matcher(BYTES);
  }

  /** Reads the next piece; returns the part of it that belongs to a valid document. */
  push(piece: string): string {
    if (this.lost) return "";
    const text = this.half + piece;
    const last = text.charCodeAt(text.length - 1);
    const whole = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
    this.half = text.slice(whole);
    let taken = 0;
    for (const character of text.slice(0, whole)) {
      if (!this.take(character)) break;
      taken += character.length;
    }
    return text.slice(0, taken);
  }

  /** What to append for a valid document; undefined if the text has left the grammar or has no ending within the limit. */
  close(): string | undefined {
    if (this.lost || this.half !== "") return undefined;
    if (this.matcher.canEnd) return "";
    try {
      return this.decoder.decode(BYTES.bytesOf(this.matcher.closingTokens()));
    } catch {
      return undefined;
    }
  }

  private take(character: string): boolean {
    const bytes = ENCODER.encode(character);
    for (let at = 0; at < bytes.length; at++) {
      if (this.matcher.accept(bytes[at])) continue;
      this.matcher.rollback(at);
      this.lost = true;
      return false;
    }
    return true;
  }
}
