const SCALAR = /[-+.\w]/;

/** Finds the end of a JSON document in text that arrives piece by piece and continues after it. */
export class JsonEnd {
  isOver = false;
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  private isScalar = false;

  /** Length of the part of `piece` that belongs to the document. */
  find(piece: string): number {
    for (let i = 0; i < piece.length && !this.isOver; i++) {
      const character = piece[i];
      if (this.isScalar && !SCALAR.test(character)) {
        this.isOver = true;
        return i;
      }
      this.take(character);
      if (this.isOver) return i + 1;
    }
    return this.isOver ? 0 : piece.length;
  }

  private take(character: string): void {
    if (this.isInString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (character === "\\") this.isEscaped = true;
      else if (character === '"') {
        this.isInString = false;
        this.isOver = this.depth === 0;
      }
    } else if (character === '"') this.isInString = true;
    else if (character === "{" || character === "[") this.depth++;
    else if (character === "}" || character === "]") this.isOver = --this.depth === 0;
    else if (this.depth === 0 && SCALAR.test(character)) this.isScalar = true;
  }
}
