import { defineCommand } from "../../command.js";
import { choice, integer, text } from "../../config/setting.js";
import { cacheSettings } from "../../models.js";

export const command = defineCommand({
  settings: {
    backend: choice({
      flag: "--backend <kind>",
      description: "what to compile for",
      choices: ["cuda", "vulkan"] as const,
      fallback: "cuda",
    }),
    architectures: text({
      flag: "--architectures <list>",
      description:
        "CUDA architectures in CMake's syntax (`90a-real;89-real`); those of this machine's GPUs if left out",
    }),
    jobs: integer({
      flag: "--jobs <count>",
      description: "parallel compile jobs (default: the number of CPUs)",
      minimum: 1,
    }),
    sources: text({
      flag: "--sources <folder>",
      description: "llama.cpp's sources of the same release; fetched from npm if left out",
      isPath: true,
    }),
    ...cacheSettings,
  },
  examples: [
    ["engine build", "CUDA, for the GPUs and with the toolkit of this machine"],
    ["engine build --architectures 80-real", "for an A100, on a machine without one"],
    ["engine build --backend vulkan", "with the system's Vulkan headers and glslc"],
  ],
  notes:
    "Needs CMake, a C++ compiler, git, and for CUDA the toolkit (nvcc; CUDACXX or CUDA_HOME names another).\n" +
    "The result is kept in the cache folder, tested before it is reported, and used by the engine from then on.",
  async run({ values, terminal, signal }) {
    const { askCudaDriver, buildFromSource, proveBuild } = await import("../../../runtime/index.js");
    if (values.cache !== undefined) process.env["FORMWORK_CACHE"] = values.cache;
    const build = await buildFromSource({
      accelerator: values.backend,
      ...(values.architectures === undefined ? {} : { architectures: values.architectures }),
      ...(values.jobs === undefined ? {} : { jobs: values.jobs }),
      ...(values.sources === undefined ? {} : { sources: values.sources }),
      driver: askCudaDriver(),
      signal,
      onLine: (line) => terminal.stderr.write(`${line}\n`),
    });
    const { failure, devices } = await proveBuild(build);
    const verdict =
      failure !== null
        ? `does not work here: ${failure}`
        : `works on ${devices.map(({ description }) => description).join(", ")}`;
    terminal.stdout.write(`${build.origin}: ${verdict}\n`);
    return failure === null ? undefined : 1;
  },
});
