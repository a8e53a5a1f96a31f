/** Code points that start within the first `length` bytes of a token inside a string; an escape counts as one. */
export function countCodePoints(bytes: Uint8Array, length: number): number {
  let count = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i];
    if (byte === 0x5c) {
      count++;
      i += bytes[i + 1] === 0x75 ? 5 : 1;
    } else if ((byte & 0xc0) !== 0x80) count++;
  }
  return count;
}
