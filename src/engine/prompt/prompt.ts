import type { JsonDocument } from "../../json/index.js";
import type { ChatMessage } from "../../types.js";
import { briefSchema } from "./brief.js";
import { outlineSchema } from "./outline.js";

/**
 * The prompt's description of the document. `limit`: maximum number of characters for the schema. `brief`: names and meanings only, for
 * models too small to benefit from types (measured by `formwork bench tasks`).
 */
export function schemaInstruction({ root }: JsonDocument, limit?: number, brief = false): string {
  const names = brief ? briefSchema(root, limit) : undefined;
  if (names !== undefined) return `Answer in JSON. Fields: ${names}`;
  return `Answer with one JSON document of this type:\n${outlineSchema(root, limit)}`;
}

/**
 * Adds the instruction to the system message, before everything that differs between requests, so that requests with the same schema
 * start with the same tokens and share KV cells.
 */
export function withInstruction(messages: readonly ChatMessage[], instruction: string): ChatMessage[] {
  const [first, ...rest] = messages;
  if (first?.role !== "system") return [{ role: "system", content: instruction }, ...messages];
  return [{ role: "system", content: `${first.content}\n\n${instruction}` }, ...rest];
}
