import { validateDocument } from "../engine/index.js";
import type { JsonSchema } from "../types.js";

/** The independent validator's verdict on a text. */
export async function validateText(
  schema: JsonSchema,
  text: string,
): Promise<{ valid: boolean; message?: string | undefined }> {
  const { valid, pointer, message } = await validateDocument(schema, text);
  return { valid, message: valid ? undefined : `${pointer || "/"} ${message}` };
}
