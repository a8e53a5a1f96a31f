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
    name: "bench",
    summary: "Measure, compare with a baseline or a peer, and report",
    commands: [
      {
        name: "tasks",
        summary: "Suites of tasks on one or several targets: valid, complete, correct, how fast",
        load: async () => (await import("./commands/benchTasks.js")).command,
      },
      {
        name: "decode",
        summary: "Milliseconds a token on one stream, down to the bare loop",
        load: async () => (await import("./commands/benchDecode.js")).command,
      },
      {
        name: "http",
        summary: "Streams through a real server: first token, tokens a second",
        load: async () => (await import("./commands/benchHttp.js")).command,
      },
      {
        name: "compare",
        summary: "The same requests to a peer, in turns",
        load: async () => (await import("./commands/benchCompare.js")).command,
      },
      {
        name: "memory",
        summary: "Thousands of short requests: what the processes weigh after them",
        load: async () => (await import("./commands/benchMemory.js")).command,
      },
      {
        name: "masks",
        summary: "Masks over ready-made cases, alone or in turns with other engines",
        load: async () => (await import("./commands/benchMasks.js")).command,
      },
      {
        name: "image",
        summary: "The image's requirements installed by pip and by uv, in turns",
        load: async () => (await import("./commands/benchImage.js")).command,
      },
      {
        name: "report",
        summary: "One page out of several results",
        load: async () => (await import("./commands/benchReport.js")).command,
      },
      {
        name: "baseline",
        summary: "Results kept to compare with",
        commands: [
          {
            name: "save",
            summary: "Keep results under a name",
            load: async () => (await import("./commands/benchBaselineSave.js")).command,
          },
          {
            name: "compare",
            summary: "Say what changed beyond noise; fail on a regression",
            load: async () => (await import("./commands/benchBaselineCompare.js")).command,
          },
          {
            name: "list",
            summary: "The baselines there are",
            load: async () => (await import("./commands/benchBaselineList.js")).command,
          },
        ],
      },
    ],
  },
  {
    name: "deploy",
    summary: "Put a server on GPUs",
    commands: [
      {
        name: "modal",
        summary: "On Modal: write the app file, build the image, deploy",
        load: async () => (await import("./commands/deployModal.js")).command,
      },
    ],
  },
  {
    name: "status",
    summary: "What the deployed app is doing, without waking it",
    load: async () => (await import("./commands/status.js")).command,
  },
  {
    name: "logs",
    summary: "The deployed app's log",
    load: async () => (await import("./commands/logs.js")).command,
  },
  {
    name: "warm",
    summary: "Start a container of the deployed app and wait until it is ready",
    load: async () => (await import("./commands/warm.js")).command,
  },
  {
    name: "scale",
    summary: "Change how many containers the deployed app keeps, or when",
    load: async () => (await import("./commands/scale.js")).command,
  },
  {
    name: "stop",
    summary: "End the deployed app",
    load: async () => (await import("./commands/stop.js")).command,
  },
  {
    name: "secrets",
    summary: "Secrets and tokens on Modal",
    commands: [
      {
        name: "list",
        summary: "Names of the secrets",
        load: async () => (await import("./commands/secretsList.js")).command,
      },
      {
        name: "set",
        summary: "Create or replace a secret",
        load: async () => (await import("./commands/secretsSet.js")).command,
      },
      {
        name: "token",
        summary: "Make a proxy token for callers",
        load: async () => (await import("./commands/secretsToken.js")).command,
      },
    ],
  },
  {
    name: "completion",
    summary: "Print a completion script for bash, zsh or fish",
    load: async () => (await import("./commands/completion.js")).command,
  },
];
