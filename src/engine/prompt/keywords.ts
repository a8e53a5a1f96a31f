import { isJsonObject, type JsonObject, type JsonValue, pointerSteps, printJson } from "../../json/index.js";

/** The members of an object; none of anything else. */
export function membersOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : NOTHING;
}

const NOTHING: JsonObject = new Map();

/** The schema that a local reference names; anything else counts as `true`. */
export function resolveReference(root: JsonValue, reference: string): JsonValue {
  if (!reference.startsWith("#")) return true;
  let at: JsonValue | undefined = root;
  for (const step of pointerSteps(decodePart(reference.slice(1))) ?? []) {
    at = isJsonObject(at) ? at.get(step) : Array.isArray(at) ? (at as JsonValue[])[Number(step)] : undefined;
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
export function meaningOf(schema: JsonObject): string {
  const words = [schema.get("description"), schema.get("title")].find(
    (text) => typeof text === "string" && text.trim() !== "",
  );
  const parts =
    typeof words === "string" ? [words.trim().replace(/\s+/g, " ").slice(0, COMMENT_CHARACTERS)] : [];
  const examples = schema.get("examples");
  for (const example of Array.isArray(examples) ? (examples as JsonValue[]).slice(0, 4) : []) {
    const text = printJson(example);
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
