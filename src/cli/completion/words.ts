import type { RegistryEntry } from "../command.js";
import { flagName, isSwitch } from "../config/setting.js";
import { commandLines } from "../inspect.js";

export interface CompletedFlag {
  name: string;
  description: string;
  /** Whether it takes a value. */
  takesValue: boolean;
  /** The possible values; empty if any are. */
  choices: readonly string[];
}

/** The possible next words at one place of the command line. */
export interface CompletedPlace {
  /** `""`, `models`, `models list`, ... */
  path: string;
  commands: readonly { name: string; summary: string }[];
  flags: readonly CompletedFlag[];
}

/** All places in `registry`, starting with the empty command line. */
export async function describeWords(registry: readonly RegistryEntry[]): Promise<CompletedPlace[]> {
  const places: CompletedPlace[] = [];
  addGroups(registry, [], places);
  for (const { words, command } of await commandLines(registry)) {
    const shown = Object.entries(command.settings).filter(([key]) => command.shown?.includes(key) ?? true);
    const flags = shown.map(([, setting]) => ({
      name: flagName(setting),
      description: setting.description,
      takesValue: !isSwitch(setting),
      choices: setting.choices ?? [],
    }));
    places.push({ path: words.join(" "), commands: [], flags });
  }
  return places;
}

function addGroups(
  entries: readonly RegistryEntry[],
  before: readonly string[],
  places: CompletedPlace[],
): void {
  const commands = entries.map(({ name, summary }) => ({ name, summary }));
  places.push({ path: before.join(" "), commands, flags: [] });
  for (const entry of entries) {
    if ("commands" in entry) addGroups(entry.commands, [...before, entry.name], places);
  }
}
