/** A text that is not JSON (RFC 8259). `offset` counts UTF-16 code units from the start of the text. */
export class JsonSyntaxError extends SyntaxError {
  readonly offset: number;

  constructor(complaint: string, offset: number) {
    super(`${complaint} at offset ${offset}.`);
    this.name = "JsonSyntaxError";
    this.offset = offset;
  }
}

/** An object has a name more than once, and readers differ in which value they take. */
export class RepeatedNameError extends Error {
  /** JSON pointer to the member. */
  readonly pointer: string;

  constructor(pointer: string) {
    super(`The member at ${pointer} is given more than once.`);
    this.name = "RepeatedNameError";
    this.pointer = pointer;
  }
}

export interface ParseLimits {
  /** Maximum nesting depth. Default 4096. */
  depth?: number;
}

export function unexpected(text: string, at: number): JsonSyntaxError {
  const found = text.codePointAt(at);
  if (found === undefined) return new JsonSyntaxError("Unexpected end", at);
  return new JsonSyntaxError(`Unexpected ${JSON.stringify(String.fromCodePoint(found))}`, at);
}

export function tooDeep(depth: number, at: number): JsonSyntaxError {
  return new JsonSyntaxError(`More than ${depth} levels of nesting`, at);
}
