import type { RegistryEntry } from "./command.js";
import { benchCommands } from "./commands/bench/index.js";
import { deployCommands } from "./commands/deploy/index.js";
import { engineCommands } from "./commands/engine/index.js";
import { modelsCommands } from "./commands/models/index.js";
import { pluginCommands } from "./commands/plugin/index.js";
import { serverCommands } from "./commands/server/index.js";

/** Every command by name. A command's module is loaded when it is called, so that each starts quickly. Families of commands
 * list theirs in their folder. */
export const registry: readonly RegistryEntry[] = [
  {
    name: "generate",
    summary: "Write one JSON document for a prompt and a schema",
    load: async () => (await import("./commands/generate.js")).command,
  },
  {
    name: "check",
    summary: "Check whether schemas can be enforced",
    load: async () => (await import("./commands/check.js")).command,
  },
  ...serverCommands,
  ...modelsCommands,
  ...engineCommands,
  ...pluginCommands,
  ...benchCommands,
  ...deployCommands,
  {
    name: "completion",
    summary: "Print a completion script for bash, zsh or fish",
    load: async () => (await import("./commands/completion.js")).command,
  },
];
