/** A schema that is an object, as something to read keywords from. */
export type Keywords = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Keywords {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): Keywords {
  return isObject(value) ? value : {};
}

/** The schema that a local reference names; anything else counts as `true`. */
export function resolveReference(root: unknown, reference: string): unknown {
  if (reference === "#") return root;
  if (!reference.startsWith("#/")) return true;
  let at: unknown = root;
  for (const part of reference.slice(2).split("/")) {
    const key = decodePart(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return true;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
