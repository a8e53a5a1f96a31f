import { parseJson, toJavaScript } from "../json/index.js";

/** Like `JSON.parse`, but integers that a double would round become bigints. */
export function parseWithBigints(text: string): unknown {
  return toJavaScript(parseJson(text), { bigints: true });
}
