import type { RegistryEntry } from "../../command.js";

/** A server here, and one elsewhere. */
export const serverCommands: readonly RegistryEntry[] = [
  {
    name: "serve",
    summary: "Answer over HTTP",
    load: async () => (await import("./serve.js")).command,
  },
  {
    name: "warmup",
    summary: "Get a server ready, or ask whether it is",
    load: async () => (await import("./warmup.js")).command,
  },
  {
    name: "health",
    summary: "Ask a server for its state without waking its model",
    load: async () => (await import("./health.js")).command,
  },
];
