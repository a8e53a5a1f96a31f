import type { Grammar, Matcher } from "../../../constraint/index.js";
import { Vocabulary } from "../../../vocabulary/index.js";

/** Every byte a token of its own, so that a matcher follows text whatever the remote model's tokens are. */
const BYTES = new Vocabulary({
  tokens: Array.from({ length: 257 }, (_, byte) => (byte < 256 ? Uint8Array.of(byte) : new Uint8Array())),
  special: [256],
  eos: 256,
});

const ENCODER = new TextEncoder();

/**
 * Follows a document that somebody else writes against the grammar. It knows how far the text is the beginning of a valid
 * document, and how to close that. The grammar takes canonical spellings of keys and constants only, so losing the
 * text does not prove it invalid.
 */
export class DocumentFollower {
  private readonly matcher: Matcher;
  private readonly decoder = new TextDecoder();
  /** Half of a surrogate pair at the end of a piece. */
  private half = "";
  /** The text has left what the grammar knows, or continues after the end. */
  lost = false;

  constructor(grammar: Grammar) {
    this.matcher = grammar.matcher(BYTES);
  }

  /** Takes the next piece; answers the part of it that still belongs to a valid document. */
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

  /** What to append for a valid document; undefined where the text is lost or has no end in reach. */
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
