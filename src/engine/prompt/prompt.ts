import type { JsonDocument } from "../../json/index.js";
import type { ChatMessage } from "../../types.js";
import { briefSchema } from "./brief.js";
import { outlineSchema } from "./outline.js";

/**
 * The prompt's description of the document to write. `limit`: characters that the schema may take.
 * `brief`: names and meanings only, for models too small to make use of types (measured by `formwork bench tasks`).
 */
export function schemaInstruction({ root }: JsonDocument, limit?: number, brief = false): string {
  const names = brief ? briefSchema(root, limit) : undefined;
  if (names !== undefined) return `Answer in JSON. Fields: ${names}`;
  return `Answer with one JSON document of this type:\n${outlineSchema(root, limit)}`;
}

/**
 * Puts the instruction into the system message, before everything that differs from request to request, so
 * that requests with one schema begin with the same tokens and share their cells.
 */
export function withInstruction(messages: readonly ChatMessage[], instruction: string): ChatMessage[] {
  const [first, ...rest] = messages;
  if (first?.role !== "system") return [{ role: "system", content: instruction }, ...messages];
  return [{ role: "system", content: `${first.content}\n\n${instruction}` }, ...rest];
}
