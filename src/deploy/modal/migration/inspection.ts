/** A value of the old app as far as it can be read without running it; `{expression}` is source that cannot. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

/** A decorated class or function of the old app. */
export interface Part {
  name: string;
  kind: "cls" | "function" | "server";
  arguments: Record<string, Value>;
  concurrent: Record<string, Value>;
  endpoints: { name: string; kind: string; arguments: Record<string, Value> }[];
}

/** What `inspect_app.py` says of a file. */
export interface Inspection {
  app: Value;
  parts: Part[];
  models: string[];
  packages: string[];
  /** What the engine is given, by keyword or option, dashes as underscores. */
  engine: Record<string, Value>;
  /** Variables that the images set. */
  environment: Record<string, Value>;
  /** What the sampling parameters of the engine are given. */
  sampling: Record<string, Value>;
  /** Constants that look like the template of a prompt. */
  templates: string[];
  /** Variables of the environment whose default was taken for their value. */
  defaults: Record<string, Value>;
}

/** What is read of an app, bit by bit. */
export interface Draft<Options> {
  options: Options;
  /** What was not carried over, or has to be looked at, and why. */
  notes: string[];
}

/** Whether only running the file could tell a value. */
export function isUnknown(value: Value): value is { expression: string } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "expression" in value;
}

/** A value as a note quotes it: JSON, or the source of what cannot be known. */
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
