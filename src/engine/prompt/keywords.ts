import {
  isArrayPart,
  isObjectPart,
  type JsonPart,
  pointerSteps,
  textOfPart,
  valueOfPart,
  writeJson,
} from "../../json/index.js";

/** What a schema says, by keyword. */
export type Keywords = ReadonlyMap<string, JsonPart>;

/** The members of an object; none of anything else. */
export function membersOf(part: JsonPart | undefined): Keywords {
  return isObjectPart(part) ? part.members() : NOTHING;
}

const NOTHING: Keywords = new Map();

/** Items of a list that are looked at: more are never said. */
const MAX_ITEMS = 2000;

/** The items of an array, the first of a long one; undefined for anything else. */
export function itemsOf(part: JsonPart | undefined): readonly JsonPart[] | undefined {
  return isArrayPart(part) ? part.first(MAX_ITEMS) : undefined;
}

/** Characters of a value that are looked at: more are never said. */
const VALUE_CHARACTERS = 2000;

/** A value as compact JSON, or its beginning. */
export function printPart(part: JsonPart): string {
  if (typeof part === "string") return JSON.stringify(part.slice(0, VALUE_CHARACTERS));
  const text = textOfPart(part);
  if (text.length > VALUE_CHARACTERS) return text.slice(0, VALUE_CHARACTERS);
  return isArrayPart(part) || isObjectPart(part) ? writeJson(valueOfPart(part)) : text;
}

/** The schema that a local reference names; anything else counts as `true`. */
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

/** A description, a title or an example is cut to so many characters. */
const COMMENT_CHARACTERS = 300;
const EXAMPLE_CHARACTERS = 80;

/** What a schema says of itself in words: its description, else its title, and its first example that is short. */
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
 * What may still be said of a schema: characters, and schemas looked at. Once either is used up whoever writes stops, so
 * that the work is bounded by the text that is wanted, however often a schema refers to itself.
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

  /** `text`, which is going to be part of what is written. */
  say(text: string): string {
    this.characters -= text.length;
    return text;
  }

  visit(): void {
    this.visits--;
  }
}
