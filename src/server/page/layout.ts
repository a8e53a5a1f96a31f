/**
 * Finds line breaks and indentation for a JSON text that arrives in pieces, without changing the text: `push` returns its pieces, each with
 * the indentation of the line that starts before it.
 */
export class Layout {
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  /** The last character outside of strings, except white space. */
  private last = "";
  /** Whether the text has its own line breaks. */
  private isBroken = false;

  /** `breakBefore`: indentation of a line that starts here, in levels; undefined: no line break. */
  push(text: string): { text: string; breakBefore: number | undefined }[] {
    const pieces: { text: string; breakBefore: number | undefined }[] = [];
    for (const character of text) {
      const breakBefore = this.step(character);
      const piece = pieces.at(-1);
      if (breakBefore === undefined && piece !== undefined) piece.text += character;
      else pieces.push({ text: character, breakBefore });
    }
    return pieces;
  }

  private step(character: string): number | undefined {
    if (this.isInString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (character === "\\") this.isEscaped = true;
      else if (character === '"') this.isInString = false;
      return undefined;
    }
    if (character === "\n") this.isBroken = true;
    if (/\s/.test(character)) return undefined;
    const { last } = this;
    this.last = character;
    const isEnd = character === "}" || character === "]";
    if (isEnd) this.depth--;
    const begins = isEnd ? last !== "{" && last !== "[" : last === "{" || last === "[" || last === ",";
    const breakBefore = begins && !this.isBroken ? Math.max(this.depth, 0) : undefined;
    if (character === '"') this.isInString = true;
    if (character === "{" || character === "[") this.depth++;
    return breakBefore;
  }
}
