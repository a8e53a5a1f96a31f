import { allOf } from "./allOf.js";
import { annotations } from "./annotations.js";
import { anyOf } from "./anyOf.js";
import { conditionKeywords } from "./condition.js";
import { containsKeywords } from "./contains.js";
import { contentKeywords } from "./content.js";
import { coreKeywords } from "./core.js";
import { arrayLength, objectSize, stringLength } from "./counts.js";
import { dependencyKeywords } from "./dependencies.js";
import { format } from "./format.js";
import { itemKeywords } from "./items.js";
import type { Keyword } from "./keyword.js";
import { not } from "./not.js";
import { numberKeywords } from "./numbers.js";
import { oneOf } from "./oneOf.js";
import { pattern } from "./pattern.js";
import { propertyKeywords } from "./properties.js";
import { propertyNames } from "./propertyNames.js";
import { referenceKeywords } from "./references.js";
import { KeywordRegistry } from "./registry.js";
import { required } from "./required.js";
import { type } from "./type.js";
import { unevaluatedKeywords } from "./unevaluated.js";
import { uniqueItems } from "./uniqueItems.js";
import { constant, enumeration } from "./values.js";

/** All supported keywords of JSON Schema, drafts 4 to 2020-12. The only list of keywords. */
export const ALL_KEYWORDS: readonly Keyword[] = [
  ...coreKeywords,
  ...referenceKeywords,
  type,
  enumeration,
  constant,
  ...numberKeywords,
  ...stringLength,
  pattern,
  format,
  ...contentKeywords,
  ...itemKeywords,
  ...arrayLength,
  uniqueItems,
  ...containsKeywords,
  ...propertyKeywords,
  required,
  ...objectSize,
  propertyNames,
  ...dependencyKeywords,
  allOf,
  anyOf,
  oneOf,
  not,
  ...conditionKeywords,
  ...unevaluatedKeywords,
  ...annotations,
];

export const KEYWORDS = new KeywordRegistry(ALL_KEYWORDS);
export { type Keyword, keyword } from "./keyword.js";
export { KeywordRegistry } from "./registry.js";
