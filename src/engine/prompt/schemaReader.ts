import {
  isArrayPart,
  isObjectPart,
  type JsonPart,
  pointerSteps,
  textOfPart,
  valueOfPart,
  writeJson,
} from "../../json/index.js";

/** The keywords of a schema. */
export type Keywords = ReadonlyMap<string, JsonPart>;

/** The members of an object; none for other values. */
export function membersOf(part: JsonPart | undefined): Keywords {
  return isObjectPart(part) ? part.members() : NOTHING;
}

const NOTHING: Keywords = new Map();

/** Maximum number of items of a list that are considered. */
const MAX_ITEMS = 2000;

/** The items of an array, up to a limit; undefined for other values. */
export function itemsOf(part: JsonPart | undefined): readonly JsonPart[] | undefined {
  return isArrayPart(part) ? part.first(MAX_ITEMS) : undefined;
}

/** Maximum number of characters of a value that are considered. */
const VALUE_CHARACTERS = 2000;

/** A value as compact JSON, or the start of it. */
export function printPart(part: JsonPart): string {
  if (typeof part === "string") return JSON.stringify(part.slice(0, VALUE_CHARACTERS));
  const text = textOfPart(part);
  if (text.length > VALUE_CHARACTERS) return text.slice(0, VALUE_CHARACTERS);
  return isArrayPart(part) || isObjectPart(part) ? writeJson(valueOfPart(part)) : text;
}

/** The target of a local reference; other references count as `true`. */
export function resolveReference(root: JsonPart, reference: string): JsonPart {
  if (!reference.startsWith("#")) return true;
  let at: JsonPart | undefined = root;
  for (const step of pointerSteps(decodePart(reference.slice(1))) ?? []) {
    at = isArrayPart(at) ? at.items()[Number(step)] : membersOf(at).get(step);
    if (at === undefined) return true;
  }
  return at ?? true;
}

export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Maximum length of a description, a title or an example. */
const COMMENT_CHARACTERS = 300;
const EXAMPLE_CHARACTERS = 80;

/** The description of a schema, or its title, with its first short example. */
export function meaningOf(schema: Keywords): string {
  const words = [schema.get("description"), schema.get("title")].find(
    (text) => typeof text === "string" && text.trim() !== "",
  );
  const parts =
    typeof words === "string"
      ? [
          words
            .slice(0, 8 * COMMENT_CHARACTERS)
            .trim()
            .replace(/\s+/g, " ")
            .slice(0, COMMENT_CHARACTERS),
        ]
      : [];
  for (const example of itemsOf(schema.get("examples"))?.slice(0, 4) ?? []) {
    const text = printPart(example);
    if (text.length > EXAMPLE_CHARACTERS) continue;
    parts.push(`e.g. ${text}`);
    break;
  }
  return parts.join(", ");
}

/**
 * Remaining characters and subschemas of a description. When either is used up, writing stops, so that the work is bounded by the length
 * of the text, however often a schema refers to itself.
 */
export class Allowance {
  private characters: number;
  private visits: number;

  constructor(characters: number) {
    this.characters = characters;
    this.visits = 100 + characters;
  }

  get isUsedUp(): boolean {
    return this.characters < 0 || this.visits < 0;
  }

  /** Counts `text`, which becomes part of the description, and returns it. */
  say(text: string): string {
    this.characters -= text.length;
    return text;
  }

  visit(): void {
    this.visits--;
  }
}
