import type { ServerConfig } from "../server/index.js";
// Not through the server's index, which would load the server to show its options.
import {
  SERVER_OPTION_ENTRIES,
  type SERVER_OPTIONS,
  type ServerOptionName,
  type ServerOptionValue,
} from "../server/options/index.js";
import { settingOf, valuesByRow } from "./config/fromTable.js";
import type { Setting, ValuesOf } from "./config/setting.js";

type Table = typeof SERVER_OPTIONS;
type FlagName = {
  [Name in ServerOptionName]: Table[Name] extends { flag: string } ? Name : never;
}[ServerOptionName];
type KeyOf<Name extends ServerOptionName> = Table[Name] extends { key: infer Key extends string }
  ? Key
  : Name;

/** The flags of `formwork serve` for server options, from the table of options. */
export const serverSettings = Object.fromEntries(
  SERVER_OPTION_ENTRIES.filter(([, { flag }]) => flag !== undefined).map(([name, option]) => [
    option.key ?? name,
    settingOf(option),
  ]),
) as { readonly [Name in FlagName as KeyOf<Name>]: Setting<ServerOptionValue<Table[Name]>> };

/** The server's options, from the values of the flags. */
export function serverOptions(values: ValuesOf<typeof serverSettings>): Partial<ServerConfig> {
  return valuesByRow(SERVER_OPTION_ENTRIES, values) as Partial<ServerConfig>;
}
