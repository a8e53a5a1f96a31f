import { FormworkError } from "../errors.js";

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
  private readonly members: Readonly<Record<string, unknown>>;
  private readonly pointer: string;

  constructor(members: Readonly<Record<string, unknown>>, pointer = "") {
    this.members = members;
    this.pointer = pointer;
  }

  /** The member itself; undefined where it is absent, `null` or inherited. */
  get(name: string): unknown {
    return Object.hasOwn(this.members, name) ? (this.members[name] ?? undefined) : undefined;
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
    if (typeof value !== "number") throw this.invalid(name, `must be ${within}, not ${kindOf(value)}`);
    if (value < range.minimum || value > range.maximum || (range.integer && !Number.isInteger(value))) {
      throw this.invalid(name, `must be ${within}, not ${value}`);
    }
    return value;
  }

  object(name: string): Fields | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (!isObject(value)) throw this.invalid(name, `must be an object, not ${kindOf(value)}`);
    return new Fields(value, this.pointerOf(name));
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.get(name);
    if (value === undefined || Array.isArray(value)) return value;
    throw this.invalid(name, `must be a list, not ${kindOf(value)}`);
  }

  pointerOf(name: string | number): string {
    return `${this.pointer}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
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

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
