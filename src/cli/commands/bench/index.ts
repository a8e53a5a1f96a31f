import type { RegistryEntry } from "../../command.js";

/** Measurements. A bench is its file here and its entry in this list. */
export const benchCommands: readonly RegistryEntry[] = [
  {
    name: "bench",
    summary: "Measure, compare with a baseline or a peer, and report",
    commands: [
      {
        name: "tasks",
        summary: "Suites of tasks on one or several targets: valid, complete, correct, how fast",
        load: async () => (await import("./tasks.js")).command,
      },
      {
        name: "decode",
        summary: "Milliseconds a token on one stream, down to the bare loop",
        load: async () => (await import("./decode.js")).command,
      },
      {
        name: "http",
        summary: "Streams through a real server: first token, tokens a second",
        load: async () => (await import("./http.js")).command,
      },
      {
        name: "compare",
        summary: "The same requests to a peer, in turns",
        load: async () => (await import("./compare.js")).command,
      },
      {
        name: "memory",
        summary: "Thousands of short requests: what the processes weigh after them",
        load: async () => (await import("./memory.js")).command,
      },
      {
        name: "hostile",
        summary: "Schemas that cost much: what everybody else feels of them",
        load: async () => (await import("./hostile.js")).command,
      },
      {
        name: "soak",
        summary: "Thousands of mixed requests, hostile ones among them, while the engine is killed",
        load: async () => (await import("./soak.js")).command,
      },
      {
        name: "masks",
        summary: "Masks over ready-made cases, alone or in turns with other engines",
        load: async () => (await import("./masks.js")).command,
      },
      {
        name: "plugin",
        summary: "Masks inside vLLM's own classes, in turns with xgrammar",
        load: async () => (await import("./plugin.js")).command,
      },
      {
        name: "image",
        summary: "The image's requirements installed by pip and by uv, in turns",
        load: async () => (await import("./image.js")).command,
      },
      {
        name: "report",
        summary: "One page out of several results",
        load: async () => (await import("./report.js")).command,
      },
      {
        name: "baseline",
        summary: "Results kept to compare with",
        commands: [
          {
            name: "save",
            summary: "Keep results under a name",
            load: async () => (await import("./baselineSave.js")).command,
          },
          {
            name: "compare",
            summary: "Say what changed beyond noise; fail on a regression",
            load: async () => (await import("./baselineCompare.js")).command,
          },
          {
            name: "list",
            summary: "The baselines there are",
            load: async () => (await import("./baselineList.js")).command,
          },
        ],
      },
    ],
  },
];
