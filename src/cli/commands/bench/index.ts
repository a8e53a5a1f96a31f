import type { RegistryEntry } from "../../command.js";

/** Measurements. A bench is its file here and its entry in this list. */
export const benchCommands: readonly RegistryEntry[] = [
  {
    name: "bench",
    summary: "Measure, compare with a baseline or another engine, and report",
    commands: [
      {
        name: "tasks",
        summary: "Task suites on one or more targets: validity, completeness, correctness, speed",
        load: async () => (await import("./tasks.js")).command,
      },
      {
        name: "decode",
        summary: "Decode latency per token on one stream",
        load: async () => (await import("./decode.js")).command,
      },
      {
        name: "http",
        summary: "Server latency and throughput",
        load: async () => (await import("./http.js")).command,
      },
      {
        name: "compare",
        summary: "Compare with llama-server or node-llama-cpp",
        load: async () => (await import("./compare.js")).command,
      },
      {
        name: "memory",
        summary: "Memory after thousands of short requests",
        load: async () => (await import("./memory.js")).command,
      },
      {
        name: "hostile",
        summary: "Effect of expensive schemas on everybody else's requests",
        load: async () => (await import("./hostile.js")).command,
      },
      {
        name: "soak",
        summary: "Endurance: thousands of mixed requests while the engine is killed",
        load: async () => (await import("./soak.js")).command,
      },
      {
        name: "masks",
        summary: "Mask latency over a folder of cases, optionally against other engines",
        load: async () => (await import("./masks.js")).command,
      },
      {
        name: "plugin",
        summary: "Mask latency in vLLM's own classes, against xgrammar",
        load: async () => (await import("./plugin.js")).command,
      },
      {
        name: "image",
        summary: "Install time of the image's requirements: pip against uv",
        load: async () => (await import("./image.js")).command,
      },
      {
        name: "report",
        summary: "Combine results into one HTML page",
        load: async () => (await import("./report.js")).command,
      },
      {
        name: "baseline",
        summary: "Save and compare baselines",
        commands: [
          {
            name: "save",
            summary: "Save results under a name",
            load: async () => (await import("./baselineSave.js")).command,
          },
          {
            name: "compare",
            summary: "Report what changed beyond noise; fail on a regression",
            load: async () => (await import("./baselineCompare.js")).command,
          },
          {
            name: "list",
            summary: "List the baselines",
            load: async () => (await import("./baselineList.js")).command,
          },
        ],
      },
    ],
  },
];
