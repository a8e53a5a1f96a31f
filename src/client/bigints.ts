import { parseJson, toJavaScript } from "../json/index.js";

/** `JSON.parse`, but whole numbers that a double would round are bigints. */
export function parseWithBigints(text: string): unknown {
  return toJavaScript(parseJson(text), { bigints: true });
}
