import type { Command, RegistryEntry } from "./command.js";
import type { Setting } from "./config/setting.js";

/** A command with the words that call it: `models list`. */
export interface CommandLine {
  words: readonly string[];
  summary: string;
  command: Command;
}

/** All commands of `registry`, loaded. */
export async function commandLines(
  registry: readonly RegistryEntry[],
  before: readonly string[] = [],
): Promise<CommandLine[]> {
  const lines = registry.map(async (entry): Promise<CommandLine[]> => {
    const words = [...before, entry.name];
    if ("commands" in entry) return commandLines(entry.commands, words);
    return [{ words, summary: entry.summary, command: await entry.load() }];
  });
  return (await Promise.all(lines)).flat();
}

/** All settings of all commands, by key in the configuration file. */
export async function settingsOf(registry: readonly RegistryEntry[]): Promise<Record<string, Setting>> {
  const lines = await commandLines(registry);
  return Object.assign({}, ...lines.map(({ command }) => command.settings)) as Record<string, Setting>;
}
