import { FormworkError } from "../errors.js";
import {
  isJsonArray,
  isJsonObject,
  type JsonArray,
  type JsonDocument,
  JsonNumber,
  type JsonObject,
  JsonSyntaxError,
  type JsonValue,
  parseJson,
  pointerTo,
} from "../json/index.js";
import type { SchemaText } from "../types.js";

export interface NumberRange {
  minimum: number;
  maximum: number;
  integer?: boolean;
}

/**
 * Reads the members of a request body, one type check each. `null` counts as absent, as many clients
 * send it for a setting left alone; members that nobody reads are ignored.
 */
export class Fields {
  private readonly members: JsonObject;
  private readonly document: JsonDocument;
  private readonly pointer: string;

  /** `members` is an object of `document`, the one that `pointer` names. */
  constructor(members: JsonObject, document: JsonDocument, pointer = "") {
    this.members = members;
    this.document = document;
    this.pointer = pointer;
  }

  /** The member itself; undefined where it is absent or `null`. */
  get(name: string): Exclude<JsonValue, null> | undefined {
    return this.members.get(name) ?? undefined;
  }

  /** The names of all members, in their order. */
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
    if (!isJsonObject(value)) throw this.invalid(name, `must be an object, not ${kindOf(value)}`);
    return new Fields(value, this.document, this.pointerOf(name));
  }

  list(name: string): JsonArray | undefined {
    const value = this.get(name);
    if (value === undefined || isJsonArray(value)) return value;
    throw this.invalid(name, `must be a list, not ${kindOf(value)}`);
  }

  /** A list of objects, each with its own pointer. `noun` names one of them in the complaint. */
  objects(name: string, noun: string): readonly Fields[] | undefined {
    return this.list(name)?.map((item, index) => {
      const pointer = pointerTo(this.pointerOf(name), index);
      if (isJsonObject(item)) return new Fields(item, this.document, pointer);
      throw new FormworkError("invalid_request", `${noun} must be an object.`, { pointer });
    });
  }

  /** The member as it was written, by its JSON text. */
  text(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : this.document.textOf(value);
  }

  /** A JSON Schema, an object or a boolean, as it was written; or the JSON text of one. */
  schema(name: string): SchemaText | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value === "boolean" || isJsonObject(value)) return this.document.textOf(value);
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

  /** `complaint` completes a sentence that begins with the member's name. */
  invalid(name: string, complaint: string): FormworkError {
    return new FormworkError("invalid_request", `\`${name}\` ${complaint}.`, {
      pointer: this.pointerOf(name),
    });
  }
}

function isSchemaText(text: string): boolean {
  try {
    const value = parseJson(text);
    return typeof value === "boolean" || isJsonObject(value);
  } catch (thrown) {
    if (thrown instanceof JsonSyntaxError) return false;
    throw thrown;
  }
}

function kindOf(value: JsonValue): string {
  if (value === null) return "null";
  if (isJsonArray(value)) return "a list";
  if (value instanceof JsonNumber) return "a number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
