import { FIELD_NAMES, requestField, wireNames } from "../describe.js";
import type { RequestField, Surface } from "../field.js";

const ROUTES: Readonly<Record<Surface, string>> = {
  generate: "/generate",
  chat: "/v1/chat/completions",
  completions: "/v1/completions",
  responses: "/v1/responses",
  messages: "/v1/messages",
  ollama: "/api/chat, /api/generate",
};
const OTHERS: readonly Surface[] = ["chat", "completions", "responses", "messages", "ollama"];

/** `docs/request-fields.md`: what a request may say, and what each surface calls it. */
export function fieldsPage(): string {
  const fields = FIELD_NAMES.map((name) => ({ name, field: requestField(name) }));
  const ours = fields.filter(({ name }) => wireNames(name, "generate").length > 0);
  const sections = [
    "# Request fields",
    [
      "Made of the table in `src/engine/request/table.ts` (`npx vitest run src/engine/request -u` writes this page). Defaults",
      "are the same on every surface, and `null` counts as absent. A member that a surface does not know, or that an engine",
      "does not honour, is named in the header `x-formwork-ignored` and in the answer's member `ignored`, as the caller spelled it.",
      "Of two spellings of one field, the first in the table counts; the other is named if its value differs.",
    ].join("\n"),
    table(
      ["field of `/generate`", "value", "default", ""],
      ours.map(({ name, field }) => [
        code(wireNames(name, "generate")[0]),
        valueText(field),
        field.default === undefined ? "" : code(JSON.stringify(field.default)),
        field.doc,
      ]),
    ),
    "## Names on the other surfaces",
    "The first name is the surface's own, the others are spellings of other servers. A dot leads into an object.",
    table(
      ["`/generate`", ...OTHERS.map((surface) => code(ROUTES[surface]))],
      fields.map(({ name }) => [
        wireNames(name, "generate").map(code).join(", "),
        ...OTHERS.map((surface) => wireNames(name, surface).map(code).join(", ")),
      ]),
    ),
    "## Limits of tokens above the server's",
    [
      "Clients and agents have the limits of other models built in: 64,000 or 128,000 tokens. On the surfaces of others, a limit",
      "above `--max-tokens-limit` is therefore lowered to it and named in `ignored`; `/generate` rejects it with `400`. As many",
      "tokens as the limit says are never promised: text also ends with the context, a document is closed before it, and only a",
      "prompt that itself leaves no room is rejected (`prompt_too_long`). A remote server that rejects a limit for which it has no",
      "room is asked again without one. Reasoning is closed while a quarter of the tokens is left if its own limit leaves nothing.",
    ].join("\n"),
    "## Fields that some engines do not honour",
    table(
      ["field", "engines that honour it"],
      ours
        .filter(({ field }) => field.engines !== undefined)
        .map(({ name, field }) => [
          code(wireNames(name, "generate")[0]),
          (field.engines ?? []).map(code).join(", "),
        ]),
    ),
  ];
  return `${sections.join("\n\n")}\n`;
}

function valueText(field: RequestField): string {
  switch (field.kind) {
    case "number":
    case "integer":
      return `${field.kind}, ${rangeText(field.minimum, field.maximum)}`;
    case "choice":
      return field.choices.map(code).join(", ");
    case "strings":
      return `string, or a list of at most ${field.maxItems}`;
    case "biases":
      return `object: token id to number, ${rangeText(field.minimum, field.maximum)}`;
    case "schemas":
      return "object: URI to schema";
    case "content":
      return "";
    default:
      return field.kind;
  }
}

/** Bounds that only keep numbers exact are left out. */
function rangeText(minimum: number, maximum: number): string {
  if (maximum < 2 ** 31 - 1) return `${minimum} to ${maximum}`;
  return minimum < 0 ? "any" : `${minimum} or more`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `|${cells.map((cell) => (cell === "" ? " " : ` ${cell} `)).join("|")}|`;
  return [line(heads), `|${"---|".repeat(heads.length)}`, ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
