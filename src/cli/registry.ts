import type { RegistryEntry } from "./command.js";

/** Every command by name. A command's module is loaded when it is called, so that each starts quickly. */
export const registry: readonly RegistryEntry[] = [
  {
    name: "generate",
    summary: "Write one JSON document for a prompt and a schema",
    load: async () => (await import("./commands/generate.js")).command,
  },
  {
    name: "check",
    summary: "Say whether schemas can be honoured, and what in them cannot",
    load: async () => (await import("./commands/check.js")).command,
  },
  {
    name: "serve",
    summary: "Answer over HTTP",
    load: async () => (await import("./commands/serve.js")).command,
  },
  {
    name: "warmup",
    summary: "Get a server ready, or ask whether it is",
    load: async () => (await import("./commands/warmup.js")).command,
  },
  {
    name: "health",
    summary: "Ask a server for its state without waking its model",
    load: async () => (await import("./commands/health.js")).command,
  },
  {
    name: "models",
    summary: "The models that can be used, and where they are",
    commands: [
      {
        name: "list",
        summary: "Known models",
        load: async () => (await import("./commands/modelsList.js")).command,
      },
      {
        name: "pull",
        summary: "Fetch a model now",
        load: async () => (await import("./commands/modelsPull.js")).command,
      },
      {
        name: "path",
        summary: "Print where a model's file is",
        load: async () => (await import("./commands/modelsPath.js")).command,
      },
    ],
  },
  {
    name: "completion",
    summary: "Print a completion script for bash, zsh or fish",
    load: async () => (await import("./commands/completion.js")).command,
  },
];
