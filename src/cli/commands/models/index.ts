import type { RegistryEntry } from "../../command.js";

/** Models on this machine. */
export const modelsCommands: readonly RegistryEntry[] = [
  {
    name: "models",
    summary: "List, download and locate models",
    commands: [
      {
        name: "list",
        summary: "List the known models",
        load: async () => (await import("./list.js")).command,
      },
      {
        name: "pull",
        summary: "Download a model now",
        load: async () => (await import("./pull.js")).command,
      },
      {
        name: "path",
        summary: "Print the path of a model's file",
        load: async () => (await import("./path.js")).command,
      },
    ],
  },
];
