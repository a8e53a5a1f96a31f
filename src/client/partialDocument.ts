import type { JsonValue } from "../types.js";

type Container = JsonValue[] | { [key: string]: JsonValue };

/** An open array or object, and in an object the key of the next value. */
interface Frame {
  container: Container;
  key: string | undefined;
}

type Expecting = "value" | "key" | "colon" | "next" | "end" | "broken";

const ESCAPES: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const SCALARS: Record<string, JsonValue> = { true: true, false: false, null: null };

/**
 * Parses a JSON document piece by piece and provides the value so far: incomplete strings as they are, numbers and literals when
 * complete, keys when they have a value. Each character is read once. After malformed text, the value no longer changes.
 */
export class PartialDocument {
  private readonly frames: Frame[] = [];
  private root: JsonValue | undefined;
  private expecting: Expecting = "value";
  /** The characters of the string being read; undefined outside strings. */
  private string: string | undefined;
  private stringIsKey = false;
  /** An incomplete escape sequence, backslash included. */
  private escape = "";
  /** An incomplete number or literal. */
  private scalar = "";
  private readonly bigints: boolean;

  /** `bigints`: whether integers that a double would round become bigints. Default false. */
  constructor(options: { bigints?: boolean | undefined } = {}) {
    this.bigints = options.bigints ?? false;
  }

  /** Reads the next piece of text. */
  push(text: string): void {
    for (let at = 0; at < text.length && this.expecting !== "broken"; at++) this.step(text[at]);
  }

  /**
   * The value so far, or undefined if there is none yet. Open arrays and objects are copied and closed ones shared, so values
   * returned earlier never change.
   */
  value(): JsonValue | undefined {
    let inner: JsonValue | undefined = this.openString();
    for (let depth = this.frames.length - 1; depth >= 0; depth--) {
      const { container, key } = this.frames[depth];
      const copy: Container = Array.isArray(container) ? container.slice() : { ...container };
      if (inner !== undefined) put(copy, key, inner);
      inner = copy;
    }
    return inner ?? this.root;
  }

  private openString(): string | undefined {
    if (this.string === undefined || this.stringIsKey) return undefined;
    // Half of a surrogate pair is not a character yet.
    const last = this.string.charCodeAt(this.string.length - 1);
    return last >= 0xd800 && last <= 0xdbff ? this.string.slice(0, -1) : this.string;
  }

  private step(character: string): void {
    if (this.string !== undefined) {
      this.stepInString(character);
      return;
    }
    if (this.scalar !== "") {
      if (/[\w+.-]/.test(character)) {
        this.scalar += character;
        return;
      }
      this.endScalar();
    }
    if (character === " " || character === "\n" || character === "\r" || character === "\t") return;
    const frame = this.frames.at(-1);
    if (character === '"' && (this.expecting === "value" || this.expecting === "key")) {
      this.string = "";
      this.stringIsKey = this.expecting === "key";
    } else if ((character === "]" || character === "}") && frame !== undefined) {
      this.close(frame);
    } else if (character === ":" && this.expecting === "colon") {
      this.expecting = "value";
    } else if (character === "," && this.expecting === "next" && frame !== undefined) {
      this.expecting = Array.isArray(frame.container) ? "value" : "key";
    } else if (this.expecting !== "value") {
      this.expecting = "broken";
    } else if (character === "{") {
      this.frames.push({ container: {}, key: undefined });
      this.expecting = "key";
    } else if (character === "[") {
      this.frames.push({ container: [], key: undefined });
    } else if (/[-\dtfn]/.test(character)) {
      this.scalar = character;
    } else {
      this.expecting = "broken";
    }
  }

  private stepInString(character: string): void {
    if (this.escape !== "") {
      this.escape += character;
      this.endEscape();
    } else if (character === "\\") {
      this.escape = character;
    } else if (character === '"') {
      const text = this.string ?? "";
      this.string = undefined;
      if (this.stringIsKey) {
        this.frames[this.frames.length - 1].key = text;
        this.expecting = "colon";
      } else {
        this.add(text);
      }
    } else {
      this.string += character;
    }
  }

  private endEscape(): void {
    const kind = this.escape[1];
    if (kind !== "u") {
      this.string += ESCAPES[kind] ?? kind;
      this.escape = "";
    } else if (this.escape.length === 6) {
      this.string += String.fromCharCode(Number.parseInt(this.escape.slice(2), 16));
      this.escape = "";
    }
  }

  private endScalar(): void {
    const text = this.scalar;
    this.scalar = "";
    const value = Object.hasOwn(SCALARS, text) ? SCALARS[text] : Number(text);
    if (typeof value !== "number" || Number.isSafeInteger(value)) this.add(value);
    else if (Number.isNaN(value)) this.expecting = "broken";
    else this.add(this.bigints && /^-?\d+$/.test(text) ? (BigInt(text) as unknown as JsonValue) : value);
  }

  private close(frame: Frame): void {
    this.frames.pop();
    this.add(frame.container);
  }

  private add(value: JsonValue): void {
    const frame = this.frames.at(-1);
    if (frame === undefined) {
      this.root = value;
      this.expecting = "end";
      return;
    }
    put(frame.container, frame.key, value);
    frame.key = undefined;
    this.expecting = "next";
  }
}

function put(container: Container, key: string | undefined, value: JsonValue): void {
  if (Array.isArray(container)) container.push(value);
  else if (key === "__proto__") {
    // Assigning this key would set the prototype instead.
    Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
  } else if (key !== undefined) container[key] = value;
}
