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
    load: async () => (await import("./commands/server/serve.js")).command,
  },
  {
    name: "warmup",
    summary: "Get a server ready, or ask whether it is",
    load: async () => (await import("./commands/server/warmup.js")).command,
  },
  {
    name: "health",
    summary: "Ask a server for its state without waking its model",
    load: async () => (await import("./commands/server/health.js")).command,
  },
  {
    name: "models",
    summary: "The models that can be used, and where they are",
    commands: [
      {
        name: "list",
        summary: "Known models",
        load: async () => (await import("./commands/models/list.js")).command,
      },
      {
        name: "pull",
        summary: "Fetch a model now",
        load: async () => (await import("./commands/models/pull.js")).command,
      },
      {
        name: "path",
        summary: "Print where a model's file is",
        load: async () => (await import("./commands/models/path.js")).command,
      },
    ],
  },
  {
    name: "plugin",
    summary: "The constraint engine inside vLLM and SGLang",
    commands: [
      {
        name: "path",
        summary: "Print the folder to put on PYTHONPATH",
        load: async () => (await import("./commands/plugin/path.js")).command,
      },
      {
        name: "serve",
        summary: "Answer the plug-in's requests for masks on standard input and output",
        load: async () => (await import("./commands/plugin/serve.js")).command,
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
        load: async () => (await import("./commands/bench/tasks.js")).command,
      },
      {
        name: "decode",
        summary: "Milliseconds a token on one stream, down to the bare loop",
        load: async () => (await import("./commands/bench/decode.js")).command,
      },
      {
        name: "http",
        summary: "Streams through a real server: first token, tokens a second",
        load: async () => (await import("./commands/bench/http.js")).command,
      },
      {
        name: "compare",
        summary: "The same requests to a peer, in turns",
        load: async () => (await import("./commands/bench/compare.js")).command,
      },
      {
        name: "memory",
        summary: "Thousands of short requests: what the processes weigh after them",
        load: async () => (await import("./commands/bench/memory.js")).command,
      },
      {
        name: "masks",
        summary: "Masks over ready-made cases, alone or in turns with other engines",
        load: async () => (await import("./commands/bench/masks.js")).command,
      },
      {
        name: "image",
        summary: "The image's requirements installed by pip and by uv, in turns",
        load: async () => (await import("./commands/bench/image.js")).command,
      },
      {
        name: "report",
        summary: "One page out of several results",
        load: async () => (await import("./commands/bench/report.js")).command,
      },
      {
        name: "baseline",
        summary: "Results kept to compare with",
        commands: [
          {
            name: "save",
            summary: "Keep results under a name",
            load: async () => (await import("./commands/bench/baselineSave.js")).command,
          },
          {
            name: "compare",
            summary: "Say what changed beyond noise; fail on a regression",
            load: async () => (await import("./commands/bench/baselineCompare.js")).command,
          },
          {
            name: "list",
            summary: "The baselines there are",
            load: async () => (await import("./commands/bench/baselineList.js")).command,
          },
        ],
      },
    ],
  },
  {
    name: "deploy",
    summary: "Put a server on Modal, in containers or in a cluster",
    commands: [
      {
        name: "modal",
        summary: "On Modal: write the app file, build the image, deploy",
        load: async () => (await import("./commands/deploy/modal.js")).command,
      },
      {
        name: "docker",
        summary: "In containers: write a Dockerfile and compose files",
        load: async () => (await import("./commands/deploy/docker.js")).command,
      },
      {
        name: "kubernetes",
        summary: "In a cluster: write manifests or a Helm chart",
        load: async () => (await import("./commands/deploy/kubernetes.js")).command,
      },
    ],
  },
  {
    name: "status",
    summary: "What the deployed app is doing, without waking it",
    load: async () => (await import("./commands/deploy/status.js")).command,
  },
  {
    name: "logs",
    summary: "The deployed app's log",
    load: async () => (await import("./commands/deploy/logs.js")).command,
  },
  {
    name: "warm",
    summary: "Start a container of the deployed app and wait until it is ready",
    load: async () => (await import("./commands/deploy/warm.js")).command,
  },
  {
    name: "scale",
    summary: "Change how many containers the deployed app keeps, or when",
    load: async () => (await import("./commands/deploy/scale.js")).command,
  },
  {
    name: "stop",
    summary: "End the deployed app",
    load: async () => (await import("./commands/deploy/stop.js")).command,
  },
  {
    name: "secrets",
    summary: "Secrets and tokens on Modal",
    commands: [
      {
        name: "list",
        summary: "Names of the secrets",
        load: async () => (await import("./commands/deploy/secretsList.js")).command,
      },
      {
        name: "set",
        summary: "Create or replace a secret",
        load: async () => (await import("./commands/deploy/secretsSet.js")).command,
      },
      {
        name: "token",
        summary: "Make a proxy token for callers",
        load: async () => (await import("./commands/deploy/secretsToken.js")).command,
      },
    ],
  },
  {
    name: "completion",
    summary: "Print a completion script for bash, zsh or fish",
    load: async () => (await import("./commands/completion.js")).command,
  },
];
