import type { RequestValues } from "./requestValues.js";
import { REQUEST_FIELDS } from "./table.js";

/** Default settings of requests, for all surfaces, the command line and the library. */
export const REQUEST_DEFAULTS = {
  maxTokens: REQUEST_FIELDS.maxTokens.default,
  temperature: REQUEST_FIELDS.temperature.default,
  topP: REQUEST_FIELDS.topP.default,
} as const satisfies RequestValues;
