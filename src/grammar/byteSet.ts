/** A set of bytes. */
export class ByteSet {
  private readonly words = [0, 0, 0, 0, 0, 0, 0, 0];

  add(byte: number): void {
    this.words[byte >>> 5] |= 1 << (byte & 31);
  }

  /** The bytes, in ascending order. */
  list(): number[] {
    const bytes: number[] = [];
    for (let i = 0; i < 8; i++) {
      for (let word = this.words[i]; word !== 0; word &= word - 1) {
        bytes.push((i << 5) | (31 - Math.clz32(word & -word)));
      }
    }
    return bytes;
  }
}
