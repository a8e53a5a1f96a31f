import { type Binary, binaryOf, canonical } from "../grammar/index.js";

/** The canonical spelling of a value that a schema holds. */
export function spellingOf(value: unknown): Binary {
  return canonical(binaryOf(JSON.stringify(value)));
}
