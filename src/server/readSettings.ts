import {
  type RequestField,
  type RequestValues,
  requestField,
  SETTINGS,
  type SettingName,
  type Surface,
  setMember,
  wireNames,
} from "../engine/request/index.js";
import { JsonNumber } from "../json/index.js";
import type { Fields } from "./bodyFields.js";

/** The settings of a request. */
export interface GivenSettings {
  values: RequestValues;
  /** The name by which each was given. */
  names: ReadonlyMap<SettingName, string>;
}

/**
 * Reads and checks the settings of a request on `surface` by the table of request fields. If a field has several names, the first that
 * is present counts. Throws `invalid_request` with the member's pointer.
 */
export function readSettings(fields: Fields, surface: Surface, maxTokensLimit: number): GivenSettings {
  const values: Record<string, unknown> = {};
  const names = new Map<SettingName, string>();
  for (const name of SETTINGS) {
    const given = readSetting(fields, name, surface, maxTokensLimit);
    if (given === undefined) continue;
    setMember(values, name, given.value);
    names.set(name, given.name);
  }
  return { values, names };
}

/** The number of answers that a request asks for, if given. */
export function readCount(fields: Fields, surface: Surface): number | undefined {
  return readSetting(fields, "n", surface)?.value as number | undefined;
}

function readSetting(
  fields: Fields,
  name: SettingName | "n",
  surface: Surface,
  maxTokensLimit?: number,
): { value: unknown; name: string } | undefined {
  let given: { value: unknown; name: string } | undefined;
  for (const wireName of wireNames(name, surface)) {
    // All spellings are read, so that a second one of the same field does not count as unknown.
    const limit = name === "maxTokens" ? maxTokensLimit : undefined;
    const value = readAt(fields, wireName, requestField(name), limit);
    if (value !== undefined) given ??= { value, name: wireName };
  }
  return given;
}

function readAt(fields: Fields, path: string, field: RequestField, limit: number | undefined): unknown {
  const steps = path.split(".");
  const member = steps.pop() as string;
  let around: Fields | undefined = fields;
  for (const step of steps) around = around?.object(step);
  return around === undefined ? undefined : readValue(around, member, field, limit);
}

function readValue(fields: Fields, name: string, field: RequestField, limit: number | undefined): unknown {
  switch (field.kind) {
    case "number":
    case "integer": {
      const { minimum, maximum, alsoDefault } = field;
      const given = fields.get(name);
      if (given instanceof JsonNumber && given.toNumber() === alsoDefault) return field.default;
      return fields.number(name, {
        minimum,
        maximum: Math.min(maximum, limit ?? maximum),
        integer: field.kind === "integer",
      });
    }
    case "boolean":
      return fields.boolean(name);
    case "string":
      return fields.string(name);
    case "choice":
      return fields.choice(name, field.choices);
    case "strings":
      return fields.strings(name, field.maxItems);
    case "biases":
      return readBiases(fields, name, field);
    case "schemas": {
      const schemas = fields.schemas(name);
      if (schemas !== undefined && Object.keys(schemas).length > field.maxItems) {
        throw fields.invalid(name, `must hold at most ${field.maxItems} schemas`);
      }
      return schemas;
    }
    case "content":
      return undefined;
  }
}

function readBiases(
  fields: Fields,
  name: string,
  field: Extract<RequestField, { kind: "biases" }>,
): Record<number, number> | undefined {
  const members = fields.object(name);
  if (members === undefined) return undefined;
  const tokens = members.names();
  if (tokens.length > field.maxItems)
    throw fields.invalid(name, `must hold at most ${field.maxItems} tokens`);
  const biases: Record<number, number> = {};
  for (const token of tokens) {
    if (!/^\d{1,9}$/.test(token)) throw members.invalid(token, "must be a token id: a whole number");
    const bias = members.number(token, field);
    if (bias !== undefined) biases[Number(token)] = bias;
  }
  return biases;
}
