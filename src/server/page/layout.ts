/**
 * Where a JSON text that comes in pieces would be broken into lines by a printer. The text itself stays as it is: what
 * `push` answers are its pieces, each with the indentation of the line that begins before it.
 */
export class Layout {
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  /** The last character outside of strings, white space left out. */
  private last = "";
  /** The text has line breaks of its own. */
  private isBroken = false;

  /** `breakBefore`: levels of indentation of a line that begins here; undefined: none does. */
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
