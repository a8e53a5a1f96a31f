import { FormworkError } from "../errors.js";
import {
  isArrayPart,
  isObjectPart,
  JsonContainer,
  JsonDocument,
  JsonNumber,
  type JsonPart,
  JsonSyntaxError,
  pointerTo,
  textOfPart,
} from "../json/index.js";
import type { SchemaText } from "../types.js";

export interface NumberRange {
  minimum: number;
  maximum: number;
  integer?: boolean;
}

/** Maximum number of members of an object or items of a list: a body with millions would block the server. */
const MAX_PARTS = 20_000;

/**
 * Reads the members of a request body, with type checks. `null` counts as absent, because many clients send it for unset settings.
 * `unread` lists the members that were not read.
 */
export class Fields {
  private readonly members: ReadonlyMap<string, JsonPart>;
  private readonly pointer: string;
  /** Prefix of this object in `unread`: `options.`, `messages[].`. */
  private readonly label: string;
  private readonly asked = new Set<string>();
  private readonly inner = new Map<JsonContainer, Fields>();

  /** `object` is at `pointer` in its document. Throws `invalid_request` if it has too many members. */
  constructor(object: JsonContainer, pointer = "", label = "") {
    this.members = few(pointer, () => object.members(MAX_PARTS));
    this.pointer = pointer;
    this.label = label;
  }

  /** The member; undefined if it is absent or `null`. */
  get(name: string): Exclude<JsonPart, null> | undefined {
    this.asked.add(name);
    return this.members.get(name) ?? undefined;
  }

  /** Marks members as irrelevant, such as those that clients repeat from an answer. */
  disregard(...names: readonly string[]): void {
    for (const name of names) this.asked.add(name);
  }

  /** Marks a member as supported if its value is the default behaviour. */
  concede(name: string, ...values: readonly (string | number | boolean)[]): void {
    const given = this.members.get(name);
    const value = given instanceof JsonNumber ? given.toNumber() : given;
    if (values.includes(value as string | number | boolean)) this.asked.add(name);
  }

  /** The members, here and in nested objects, that were given but not read. Each name once. */
  unread(): string[] {
    const own = [...this.members]
      .filter(([name, value]) => value !== null && !this.asked.has(name))
      .map(([name]) => this.label + name);
    return [...new Set([...own, ...[...this.inner.values()].flatMap((fields) => fields.unread())])];
  }

  /** The names of all members, in order. */
  names(): string[] {
    return [...this.members.keys()];
  }

  string(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.invalid(name, `must be a string, not ${kindOf(value)}`);
  }

  boolean(name: string): boolean | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.invalid(name, `must be true or false, not ${kindOf(value)}`);
  }

  number(name: string, range: NumberRange): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const expected = range.integer ? "an integer" : "a number";
    const within = `${expected} from ${range.minimum} to ${range.maximum}`;
    if (!(value instanceof JsonNumber)) throw this.invalid(name, `must be ${within}, not ${kindOf(value)}`);
    const number = value.toNumber();
    if (number < range.minimum || number > range.maximum || (range.integer && !Number.isInteger(number))) {
      throw this.invalid(name, `must be ${within}, not ${value}`);
    }
    return number;
  }

  object(name: string): Fields | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (!isObjectPart(value)) throw this.invalid(name, `must be an object, not ${kindOf(value)}`);
    return this.enter(value, this.pointerOf(name), `${this.label}${name}.`);
  }

  /** Returns the same reader for the same object, so that `unread` covers all reads. */
  private enter(value: JsonContainer, pointer: string, label: string): Fields {
    let fields = this.inner.get(value);
    if (fields === undefined) {
      fields = new Fields(value, pointer, label);
      this.inner.set(value, fields);
    }
    return fields;
  }

  /** The items, without reading them. */
  list(name: string): readonly JsonPart[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (isArrayPart(value)) return few(this.pointerOf(name), () => value.items(MAX_PARTS));
    throw this.invalid(name, `must be a list, not ${kindOf(value)}`);
  }

  /** A list of objects, each with its own pointer. `noun` denotes one of them in error messages. */
  objects(name: string, noun: string): readonly Fields[] | undefined {
    return this.list(name)?.map((item, index) => {
      const pointer = pointerTo(this.pointerOf(name), index);
      if (isObjectPart(item)) return this.enter(item, pointer, `${this.label}${name}[].`);
      throw new FormworkError("invalid_request", `${noun} must be an object.`, { pointer });
    });
  }

  /** One of several words. */
  choice<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.string(name);
    if (value === undefined || words.includes(value as Word)) return value as Word | undefined;
    throw this.invalid(name, `must be ${listOf(words)}, not ${JSON.stringify(value.slice(0, 64))}`);
  }

  /** Up to `maxItems` non-empty strings; a single one counts as a list. */
  strings(name: string, maxItems: number): readonly string[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const list = typeof value === "string" ? [value] : isArrayPart(value) ? this.list(name) : undefined;
    const isFit = list?.every((item) => typeof item === "string" && item !== "") === true;
    if (!isFit) throw this.invalid(name, "must be a string or a list of strings, none of them empty");
    if (list.length > maxItems) throw this.invalid(name, `must hold at most ${maxItems} strings`);
    return list as readonly string[];
  }

  /** The member's JSON text. */
  text(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : textOfPart(value);
  }

  /** The text of a JSON Schema: an object, a boolean, or a string with its JSON text. */
  schema(name: string): SchemaText | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value === "boolean" || isObjectPart(value)) return textOfPart(value);
    if (typeof value === "string" && isSchemaText(value)) return value;
    throw this.invalid(name, "must be a JSON Schema: an object, a boolean or the JSON text of one");
  }

  /** Schemas by name, such as documents by their URI. */
  schemas(name: string): Record<string, SchemaText> | undefined {
    const members = this.object(name);
    if (members === undefined) return undefined;
    return Object.fromEntries(
      members.names().map((member) => {
        const schema = members.schema(member);
        if (schema === undefined) throw members.invalid(member, "must be a JSON Schema, not null");
        return [member, schema];
      }),
    );
  }

  pointerOf(name: string | number): string {
    return pointerTo(this.pointer, name);
  }

  missing(name: string): FormworkError {
    return new FormworkError("missing_field", `Missing required field: ${name}`, {
      pointer: this.pointerOf(name),
    });
  }

  /** `complaint` completes a sentence that starts with the member's name. */
  invalid(name: string, complaint: string): FormworkError {
    return new FormworkError("invalid_request", `\`${name}\` ${complaint}.`, {
      pointer: this.pointerOf(name),
    });
  }
}

function isSchemaText(text: string): boolean {
  try {
    const { root } = JsonDocument.read(text);
    return typeof root === "boolean" || isObjectPart(root);
  } catch (thrown) {
    if (thrown instanceof JsonSyntaxError) return false;
    throw thrown;
  }
}

/** The result of `read` for the parts of the value at `pointer`. Throws `invalid_request` if there are too many. */
function few<Parts>(pointer: string, read: () => Parts): Parts {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = `An object or list of the request may have at most ${MAX_PARTS} parts outside its schemas.`;
    throw new FormworkError("invalid_request", message, { pointer, cause });
  }
}

/** "`a`, `b` or `c`". */
function listOf(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  const last = quoted.pop();
  return quoted.length === 0 ? `${last}` : `${quoted.join(", ")} or ${last}`;
}

function kindOf(part: JsonPart): string {
  if (part === null) return "null";
  if (part instanceof JsonContainer) return part.kind === "array" ? "a list" : "an object";
  return part instanceof JsonNumber ? "a number" : `a ${typeof part}`;
}
