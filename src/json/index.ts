export { fromJavaScript, type ToJavaScriptOptions, toJavaScript } from "./convert.js";
export { withDistinctNames } from "./distinctNames.js";
export {
  isArrayPart,
  isObjectPart,
  JsonContainer,
  JsonDocument,
  type JsonPart,
  textOfPart,
} from "./document.js";
export { parseJson } from "./parse.js";
export { partTexts } from "./partTexts.js";
export { valueOfPart } from "./partValue.js";
export { escapePointerStep, pointerSteps, pointerTo } from "./pointer.js";
export { toDocumentTexts, toSchemaText } from "./schemaText.js";
export { JsonSyntaxError, type ParseLimits, RepeatedNameError } from "./syntax.js";
export {
  isJsonArray,
  isJsonObject,
  isRecord,
  type JsonArray,
  JsonNumber,
  type JsonObject,
  type JsonValue,
} from "./value.js";
export { RawJson, writeJson, writeJsonLine } from "./write.js";
