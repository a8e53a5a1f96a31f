/** One step of a JSON pointer, escaped (RFC 6901, section 3). */
export function escapePointerStep(step: string | number): string {
  return String(step).replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The pointer to a member or item of the target of `pointer`. */
export function pointerTo(pointer: string, step: string | number): string {
  return `${pointer}/${escapePointerStep(step)}`;
}

/** The steps of a pointer, unescaped; undefined if `pointer` is malformed. */
export function pointerSteps(pointer: string): readonly string[] | undefined {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) return undefined;
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
