import { isArrayPart, isObjectPart, JsonDocument, textOfPart } from "../../json/index.js";

/** A function of a request, with its parts as written. */
export interface ToolText {
  name: string;
  description: string | undefined;
  /** JSON Schema. */
  parameters: string;
  /** The whole function. */
  text: string;
  /** Whether it is inside OpenAI's `{type, function}`. */
  isWrapped: boolean;
}

/** The functions in a JSON text of tools, directly or in OpenAI's `{type, function}`. */
export function toolTexts(json: string): ToolText[] {
  const { root } = JsonDocument.read(json.trim());
  if (!isArrayPart(root)) return [];
  return root
    .items()
    .filter(isObjectPart)
    .map((tool) => {
      const inner = tool.members().get("function");
      const isWrapped = isObjectPart(inner);
      const described = isWrapped ? inner : tool;
      const members = described.members();
      const name = members.get("name");
      const description = members.get("description");
      const parameters = members.get("parameters");
      return {
        name: typeof name === "string" ? name : "",
        description: typeof description === "string" ? description : undefined,
        parameters: parameters === undefined ? "{}" : textOfPart(parameters),
        text: described.text,
        isWrapped,
      };
    });
}
