// Not through the engine's index, which would load the engine to show a default.
import {
  REQUEST_FIELDS,
  type RequestField,
  type SettingName,
  type ValueOf,
} from "../engine/request/index.js";
import { firstSentence, settingOf } from "./config/fromTable.js";
import type { Setting } from "./config/setting.js";

type Table = typeof REQUEST_FIELDS;

/** Request fields with plain values and a flag. */
type FlagName = {
  [Name in SettingName]: Table[Name] extends { flag: string } ? Name : never;
}[SettingName];

type SettingOf<Field extends RequestField> = Setting<
  Field extends { default: number | boolean | string } ? ValueOf<Field> : ValueOf<Field> | undefined
>;

/** The flags of `formwork generate` for request fields, from the table of fields. */
export const requestSettings = Object.fromEntries(
  Object.entries(REQUEST_FIELDS as Readonly<Record<string, RequestField>>)
    .filter(([, field]) => field.flag !== undefined && field.to !== undefined)
    .map(([name, field]) => [name, settingOf(field)]),
) as unknown as { readonly [Name in FlagName]: SettingOf<Table[Name]> };

/** A field's line in `--help`. */
export function fieldHelp({ doc }: Pick<RequestField, "doc">): string {
  return firstSentence(doc);
}
