import { isJsonArray, isJsonObject, JsonDocument } from "../../json/index.js";

/** One of the functions that a request describes, with its parts as they were written. */
export interface ToolText {
  name: string;
  description: string | undefined;
  /** JSON Schema. */
  parameters: string;
  /** The whole function. */
  text: string;
  /** It stands in OpenAI's `{type, function}`. */
  isWrapped: boolean;
}

/** The functions in a JSON text of tools, bare or in OpenAI's `{type, function}`. */
export function toolTexts(json: string): ToolText[] {
  const document = new JsonDocument(json.trim());
  if (!isJsonArray(document.value)) return [];
  return document.value.filter(isJsonObject).map((tool) => {
    const inner = tool.get("function");
    const isWrapped = inner !== undefined && isJsonObject(inner);
    const described = isWrapped ? inner : tool;
    const name = described.get("name");
    const description = described.get("description");
    const parameters = described.get("parameters");
    return {
      name: typeof name === "string" ? name : "",
      description: typeof description === "string" ? description : undefined,
      parameters: parameters === undefined ? "{}" : document.textOf(parameters),
      text: document.textOf(described),
      isWrapped,
    };
  });
}
