/** The elements of a JSON text that arrives in pieces, in order. Scalars are as written; strings arrive in parts. */
export interface JsonListener {
  open(kind: "object" | "array"): void;
  close(): void;
  /** The name of the next member. */
  name(name: string): void;
  /** A string starts; `more` follows for each part. */
  string(): void;
  more(text: string): void;
  /** The string ends. */
  stringEnd(): void;
  /** A number, `true`, `false` or `null`. */
  scalar(text: string): void;
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/**
 * Parses JSON piece by piece, reading each character once, and reports the elements to a listener. Expects valid JSON; other text is
 * reported as far as possible.
 */
export class JsonPieces {
  private readonly listener: JsonListener;
  /** By open container: whether it is an object. */
  private readonly isObject: boolean[] = [];
  private isNameNext = false;
  private state: "between" | "string" | "name" | "scalar" = "between";
  private held = "";
  /** An incomplete escape sequence, backslash included. */
  private escape = "";

  constructor(listener: JsonListener) {
    this.listener = listener;
  }

  push(text: string): void {
    for (const unit of text) this.step(unit);
    this.flush();
  }

  /** Ends the text, and with it a number at its end. */
  end(): void {
    if (this.state === "scalar") this.endScalar();
  }

  private step(character: string): void {
    if (this.state === "string" || this.state === "name") this.stepInString(character);
    else if (this.state === "scalar" && /[\w+.-]/.test(character)) this.held += character;
    else {
      if (this.state === "scalar") this.endScalar();
      this.stepBetween(character);
    }
  }

  private stepBetween(character: string): void {
    switch (character) {
      case "{":
      case "[":
        this.isObject.push(character === "{");
        this.isNameNext = character === "{";
        this.listener.open(character === "{" ? "object" : "array");
        return;
      case "}":
      case "]":
        this.isObject.pop();
        this.isNameNext = false;
        this.listener.close();
        return;
      case ",":
        this.isNameNext = this.isObject.at(-1) === true;
        return;
      case '"':
        this.state = this.isNameNext ? "name" : "string";
        this.held = "";
        if (this.state === "string") this.listener.string();
        return;
      default:
        if (!/[-\w]/.test(character)) return;
        this.state = "scalar";
        this.held = character;
    }
  }

  private stepInString(character: string): void {
    if (this.escape !== "") {
      this.escape += character;
      const kind = this.escape[1];
      if (kind === "u" && this.escape.length < 6) return;
      this.held += kind === "u" ? hexadecimal(this.escape.slice(2)) : (ESCAPES[kind] ?? kind);
      this.escape = "";
    } else if (character === "\\") this.escape = character;
    else if (character !== '"') this.held += character;
    else if (this.state === "name") {
      this.listener.name(this.held);
      this.isNameNext = false;
      this.state = "between";
    } else {
      this.flush();
      this.listener.stringEnd();
      this.state = "between";
    }
  }

  /** Reports the available part of a string; half of a surrogate pair waits for the other half. */
  private flush(): void {
    if (this.state !== "string" || this.held === "") return;
    const isHalf = /[\ud800-\udbff]$/.test(this.held);
    const whole = isHalf ? this.held.slice(0, -1) : this.held;
    this.held = this.held.slice(whole.length);
    if (whole !== "") this.listener.more(whole);
  }

  private endScalar(): void {
    this.state = "between";
    this.listener.scalar(this.held);
  }
}

function hexadecimal(digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}
