import type { GenerateRequest } from "../engine.js";
import type { RequestField } from "./field.js";
import type { REQUEST_FIELDS } from "./table.js";

type Table = typeof REQUEST_FIELDS;

/** The JavaScript value of a field. */
export type ValueOf<Field extends RequestField> = Field["kind"] extends "number" | "integer"
  ? number
  : Field["kind"] extends "boolean"
    ? boolean
    : Field["kind"] extends "string"
      ? string
      : Field extends { kind: "choice"; choices: readonly (infer Word)[] }
        ? Word
        : Field["kind"] extends "strings"
          ? readonly string[]
          : Field["kind"] extends "biases"
            ? Readonly<Record<number, number>>
            : Field["kind"] extends "schemas"
              ? NonNullable<GenerateRequest["documents"]>
              : never;

/** The fields whose value is copied to the `GenerateRequest` unchanged. */
export type SettingName = {
  [Name in keyof Table]: Table[Name] extends { to: string } ? Name : never;
}[keyof Table];

type GroupOf<Name> = Name extends `${infer Group}.${string}` ? Group : never;
type PlainName = Exclude<SettingName, `${string}.${string}`>;

/** The caller's settings, by field; names with a dot are nested. Undefined is equivalent to absent: the default. */
export type RequestValues = {
  readonly [Name in PlainName]?: ValueOf<Table[Name]> | undefined;
} & {
  readonly [Group in GroupOf<SettingName>]?: {
    readonly [Name in SettingName as Name extends `${Group}.${infer Rest}` ? Rest : never]?:
      | ValueOf<Table[Name]>
      | undefined;
  };
};

type Snake<Name extends string> = Name extends `${infer Letter}${infer Rest}`
  ? `${Letter extends Lowercase<Letter> ? Letter : `_${Lowercase<Letter>}`}${Snake<Rest>}`
  : Name;

/** The same by their names on `/generate`. */
export type WireValues = {
  readonly [Name in keyof RequestValues as Snake<Name>]?: Name extends "reasoning"
    ? Readonly<Record<string, unknown>>
    : RequestValues[Name];
};
