/** `text` in pieces, cut at these places. */
export function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.filter((place) => place < text.length))].sort((a, b) => a - b);
  return [0, ...at].map((place, index) => text.slice(place, at[index]));
}
