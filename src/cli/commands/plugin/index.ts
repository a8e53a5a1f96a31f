import type { RegistryEntry } from "../../command.js";

/** The plug-ins for vLLM and SGLang. */
export const pluginCommands: readonly RegistryEntry[] = [
  {
    name: "plugin",
    summary: "The constraint engine inside vLLM and SGLang",
    commands: [
      {
        name: "path",
        summary: "Print the folder to put on PYTHONPATH",
        load: async () => (await import("./path.js")).command,
      },
      {
        name: "serve",
        summary: "Answer the plug-in's requests for masks on standard input and output",
        load: async () => (await import("./serve.js")).command,
      },
    ],
  },
];
