import type { EngineKind, RequestField, Surface } from "./field.js";
import { type FieldName, REQUEST_FIELDS } from "./table.js";

export const FIELD_NAMES = Object.keys(REQUEST_FIELDS) as FieldName[];

/** The field of that name, without the narrow type of its entry. */
export function requestField(name: FieldName): RequestField {
  return REQUEST_FIELDS[name];
}

/** The names of a field on `surface`, the documented one first; empty if the surface does not have it. */
export function wireNames(name: FieldName, surface: Surface): readonly string[] {
  const names = requestField(name).names[surface];
  return names === undefined ? [] : typeof names === "string" ? [names] : names;
}

/** Whether an engine of that kind supports the field. */
export function isHonoured(name: FieldName, engine: string): boolean {
  const { engines } = requestField(name);
  return engines === undefined || engines.includes(engine as EngineKind);
}

/** The JSON Schema of a field's value on the wire; undefined for content, whose shape the surface knows. */
export function fieldSchema(name: FieldName): Record<string, unknown> | undefined {
  const field = requestField(name);
  if (field.kind === "content") return undefined;
  return {
    ...valueSchema(field),
    ...(field.default === undefined ? {} : { default: field.default }),
    description: field.doc,
  };
}

function valueSchema(field: Exclude<RequestField, { kind: "content" }>): Record<string, unknown> {
  switch (field.kind) {
    case "number":
    case "integer": {
      const range = { type: field.kind, minimum: field.minimum, maximum: field.maximum };
      const others = [field.alsoDefault ?? [], field.unlimited ?? []].flat();
      return others.length === 0 ? range : { anyOf: [range, { enum: others }] };
    }
    case "boolean":
    case "string":
      return { type: field.kind };
    case "choice":
      return { enum: [...field.choices] };
    case "strings":
      return {
        anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, maxItems: field.maxItems }],
      };
    case "biases":
      return {
        type: "object",
        propertyNames: { pattern: "^[0-9]+$" },
        additionalProperties: { type: "number", minimum: field.minimum, maximum: field.maximum },
        maxProperties: field.maxItems,
      };
    case "schemas":
      return {
        type: "object",
        additionalProperties: { type: ["object", "boolean"] },
        maxProperties: field.maxItems,
      };
  }
}
