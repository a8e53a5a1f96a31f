import type { RegistryEntry } from "../../command.js";

/** Libraries for running models on this machine. */
export const engineCommands: readonly RegistryEntry[] = [
  {
    name: "doctor",
    summary: "Test which backends work on this machine, and say what to install",
    load: async () => (await import("./doctor.js")).command,
  },
  {
    name: "engine",
    summary: "Build backends of llama.cpp",
    commands: [
      {
        name: "build",
        summary: "Build a GPU backend from source",
        load: async () => (await import("./build.js")).command,
      },
    ],
  },
];
