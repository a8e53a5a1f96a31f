import type { RegistryEntry } from "../../command.js";

/** Local and remote servers. */
export const serverCommands: readonly RegistryEntry[] = [
  {
    name: "serve",
    summary: "Start the HTTP server",
    load: async () => (await import("./serve.js")).command,
  },
  {
    name: "warmup",
    summary: "Warm a server up, or check whether it is warm",
    load: async () => (await import("./warmup.js")).command,
  },
  {
    name: "health",
    summary: "Show a server's state without loading its model",
    load: async () => (await import("./health.js")).command,
  },
];
