/** A statically known value of the old app, or `{expression}` with its source. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

/** A decorated class or function of the old app. */
export interface Part {
  name: string;
  kind: "cls" | "function" | "server";
  arguments: Record<string, Value>;
  concurrent: Record<string, Value>;
  endpoints: { name: string; kind: string; arguments: Record<string, Value> }[];
}

/** The result of `inspect_app.py`. */
export interface Inspection {
  app: Value;
  parts: Part[];
  models: string[];
  packages: string[];
  /** Arguments of the engine, by keyword or option, with underscores instead of dashes. */
  engine: Record<string, Value>;
  /** Variables that the images set. */
  environment: Record<string, Value>;
  /** The sampling parameters. */
  sampling: Record<string, Value>;
  /** Constants that look like prompt templates. */
  templates: string[];
  /** Environment variables whose default was assumed. */
  defaults: Record<string, Value>;
}

/** Accumulates what is read from an app. */
export interface Draft<Options> {
  options: Options;
  /** Settings that were not carried over or need attention, with reasons. */
  notes: string[];
}

/** Whether a value is only known at run time. */
export function isUnknown(value: Value): value is { expression: string } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "expression" in value;
}

/** A value for a note: JSON, or the source of an unknown one. */
export function shown(value: Value): string {
  return isUnknown(value) ? value.expression : JSON.stringify(value);
}

/** The name of a secret or a volume. */
export function objectName(value: Value | undefined): string | undefined {
  return typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    typeof value["from_name"] === "string"
    ? value["from_name"]
    : undefined;
}

export function isTexts(value: Value | undefined): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
