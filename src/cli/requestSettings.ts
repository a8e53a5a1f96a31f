// Not through the engine's index, which would load the engine to show a default.
import {
  REQUEST_FIELDS,
  type RequestField,
  type SettingName,
  type ValueOf,
} from "../engine/request/index.js";
import { choice, integer, number, type Setting, text, toggle } from "./config/setting.js";

type Table = typeof REQUEST_FIELDS;

/** The fields of a request that are plain values and have a flag. */
type FlagName = {
  [Name in SettingName]: Table[Name] extends { flag: string } ? Name : never;
}[SettingName];

type SettingOf<Field extends RequestField> = Setting<
  Field extends { default: number | boolean | string } ? ValueOf<Field> : ValueOf<Field> | undefined
>;

/** The flags of `formwork generate` that set a field of the request, made of the table of fields. */
export const requestSettings = Object.fromEntries(
  Object.entries(REQUEST_FIELDS as Readonly<Record<string, RequestField>>)
    .filter(([, field]) => field.flag !== undefined && field.to !== undefined)
    .map(([name, field]) => [name, settingOf(field)]),
) as unknown as { readonly [Name in FlagName]: SettingOf<Table[Name]> };

function settingOf(field: RequestField): Setting<unknown> {
  const base = { flag: field.flag ?? "", description: fieldHelp(field) };
  switch (field.kind) {
    case "integer":
    case "number": {
      const { minimum, maximum, default: fallback } = field;
      const settings = { ...base, minimum, maximum, ...(fallback !== undefined && { fallback }) };
      return field.kind === "integer" ? integer(settings) : number(settings);
    }
    case "boolean":
      return toggle({ ...base, ...(field.default !== undefined && { fallback: field.default }) });
    case "choice":
      return choice({
        ...base,
        choices: field.choices,
        ...(field.default !== undefined && { fallback: field.default }),
      });
    case "string":
      return text({ ...base, ...(field.default !== undefined && { fallback: field.default }) });
    default:
      throw new TypeError(`A field of the kind ${field.kind} has no flag.`);
  }
}

/** The field's first sentence in the style of `--help`: no capital at the start, no full stop. */
export function fieldHelp({ doc }: Pick<RequestField, "doc">): string {
  const sentence = doc
    .split(/(?<=\.) /)[0]
    .replace(/\.$/, "")
    .replaceAll("`", "");
  return sentence[0].toLowerCase() + sentence.slice(1);
}
