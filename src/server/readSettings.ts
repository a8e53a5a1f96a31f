import { isDeepStrictEqual } from "node:util";
import {
  FIELD_NAMES,
  type FieldName,
  type RequestField,
  type RequestValues,
  requestField,
  SETTINGS,
  type SettingName,
  type Surface,
  setMember,
  wireNames,
} from "../engine/request/index.js";
import { isArrayPart, JsonNumber } from "../json/index.js";
import type { Fields } from "./bodyFields.js";

/** The settings of a request. */
export interface GivenSettings {
  surface: Surface;
  values: RequestValues;
  /** The name by which each was given. */
  names: ReadonlyMap<FieldName, string>;
  /** Names of members without effect: a limit above the server's own, and a second value under another name of the same field. */
  ignored: readonly string[];
}

/**
 * Reads and checks the settings of a request on `surface` by the table of request fields. If a field has several names, the first that
 * is present counts. A `max_tokens` above `maxTokensLimit` is rejected on `/generate` and lowered on the other surfaces, whose clients send
 * the limits of other models. Throws `invalid_request` with the member's pointer.
 */
export function readSettings(fields: Fields, surface: Surface, maxTokensLimit: number): GivenSettings {
  const values: Record<string, unknown> = {};
  const names = new Map<FieldName, string>();
  const ignored: string[] = [];
  for (const name of SETTINGS) {
    const limit: Limit | undefined =
      name === "maxTokens" ? { maximum: maxTokensLimit, isLowered: surface !== "generate" } : undefined;
    const [given, ...others] = readSetting(fields, name, surface, limit);
    if (given === undefined) continue;
    setMember(values, name, given.value);
    names.set(name, given.name);
    if (given.exceeds) ignored.push(given.name);
    const differing = others.filter(({ value }) => !isDeepStrictEqual(value, given.value));
    ignored.push(...differing.map((other) => other.name));
  }
  return { surface, values, names, ignored };
}

/** `settings` with another value and name of one of them; undefined: not given. */
export function withSetting(
  settings: GivenSettings,
  setting: SettingName,
  given: { value: unknown; name: string } | undefined,
): GivenSettings {
  const values: Record<string, unknown> = { ...settings.values };
  const names = new Map(settings.names);
  setMember(values, setting, given?.value);
  if (given === undefined) names.delete(setting);
  else names.set(setting, given.name);
  return { ...settings, values, names };
}

/**
 * The caller's names for a field, or for a group of fields such as `reasoning`, of which `name` is the name on `/generate`. None: the
 * caller has not given it.
 */
export function namesGiven(
  { surface, names }: Pick<GivenSettings, "surface" | "names">,
  name: string,
): readonly string[] {
  const fields = FIELD_NAMES.filter((field) => {
    const [own] = wireNames(field, "generate");
    return own !== undefined && (own === name || own.startsWith(`${name}.`));
  });
  return fields.flatMap(
    (field) => names.get(field) ?? (isSetting(field) ? [] : wireNames(field, surface).slice(0, 1)),
  );
}

function isSetting(field: FieldName): boolean {
  return (SETTINGS as readonly FieldName[]).includes(field);
}

/** The number of answers that a request asks for, if given. */
export function readCount(fields: Fields, surface: Surface): number | undefined {
  return readSetting(fields, "n", surface)[0]?.value as number | undefined;
}

/** The largest permitted value of a field. */
interface Limit {
  maximum: number;
  /** Whether larger values count as this one; otherwise they are rejected. */
  isLowered: boolean;
}

interface Given {
  value: unknown;
  name: string;
  /** Whether the value as sent was above the limit. */
  exceeds: boolean;
}

/** The field under each name by which it was given, in the order of the table. */
function readSetting(fields: Fields, name: SettingName | "n", surface: Surface, limit?: Limit): Given[] {
  const field = requestField(name);
  return wireNames(name, surface).flatMap((wireName) => {
    const steps = wireName.split(".");
    const member = steps.pop() as string;
    let around: Fields | undefined = fields;
    for (const step of steps) around = around?.object(step);
    if (around === undefined) return [];
    const exceeds = limit?.isLowered === true && isAbove(around.get(member), limit.maximum);
    const value = exceeds ? limit.maximum : readValue(around, member, field, limit);
    return value === undefined ? [] : [{ value, name: wireName, exceeds }];
  });
}

function isAbove(value: unknown, maximum: number): boolean {
  if (!(value instanceof JsonNumber)) return false;
  const number = value.toNumber();
  return Number.isInteger(number) && number > maximum;
}

function readValue(fields: Fields, name: string, field: RequestField, limit: Limit | undefined): unknown {
  switch (field.kind) {
    case "number":
    case "integer": {
      const { minimum, alsoDefault, unlimited = [] } = field;
      const maximum = Math.min(field.maximum, limit?.maximum ?? field.maximum);
      const given = fields.get(name);
      const number = given instanceof JsonNumber ? given.toNumber() : undefined;
      if (number !== undefined && number === alsoDefault) return field.default;
      if (number !== undefined && unlimited.includes(number)) return maximum;
      return fields.number(name, { minimum, maximum, integer: field.kind === "integer" });
    }
    case "boolean":
      return fields.boolean(name);
    case "string":
      return fields.string(name);
    case "choice":
      return fields.choice(name, field.choices);
    case "strings":
      return readTexts(fields, name, field.maxItems);
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

/** Empty texts, which some clients send for none, would never appear. */
function readTexts(fields: Fields, name: string, maxItems: number): readonly string[] | undefined {
  const given = fields.get(name);
  const list = isArrayPart(given) ? (fields.list(name) ?? []) : [given];
  const isNone = list.length > 0 && list.every((text) => text === "");
  return isNone ? [] : fields.strings(name, maxItems);
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
