import type { RegistryEntry } from "../../command.js";

/** Models on this machine. */
export const modelsCommands: readonly RegistryEntry[] = [
  {
    name: "models",
    summary: "The models that can be used, and where they are",
    commands: [
      {
        name: "list",
        summary: "Known models",
        load: async () => (await import("./list.js")).command,
      },
      {
        name: "pull",
        summary: "Fetch a model now",
        load: async () => (await import("./pull.js")).command,
      },
      {
        name: "path",
        summary: "Print where a model's file is",
        load: async () => (await import("./path.js")).command,
      },
    ],
  },
];
