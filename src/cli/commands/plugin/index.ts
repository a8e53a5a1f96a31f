import type { RegistryEntry } from "../../command.js";

/** The plug-ins for vLLM and SGLang. */
export const pluginCommands: readonly RegistryEntry[] = [
  {
    name: "plugin",
    summary: "The plug-in for vLLM and SGLang",
    commands: [
      {
        name: "path",
        summary: "Print the folder to add to PYTHONPATH",
        load: async () => (await import("./path.js")).command,
      },
      {
        name: "serve",
        summary: "Serve masks to the plug-in over stdin and stdout (started by the plug-in)",
        load: async () => (await import("./serve.js")).command,
      },
    ],
  },
];
