import type { RegistryEntry } from "../../command.js";

/** The libraries that run models on this machine. */
export const engineCommands: readonly RegistryEntry[] = [
  {
    name: "doctor",
    summary: "Show what can compute a model here, try it, and say what to install",
    load: async () => (await import("./doctor.js")).command,
  },
  {
    name: "engine",
    summary: "The libraries that compute a model",
    commands: [
      {
        name: "build",
        summary: "Compile a backend for this machine where no package fits",
        load: async () => (await import("./build.js")).command,
      },
    ],
  },
];
