import { resolve } from "node:path";
import { defineCommand } from "../../command.js";
import { choice, integer, text, toggle } from "../../config/setting.js";

export const command = defineCommand({
  settings: {
    "docker.folder": text({
      flag: "--folder <path>",
      description: "where to write",
      isPath: true,
      fallback: ".",
    }),
    "docker.variant": choice({
      flag: "--variant <name>",
      description: "what the embedded engine runs on",
      choices: ["cpu", "cuda"],
      fallback: "cpu",
    }),
    "docker.model": text({
      flag: "--model <name>",
      description:
        "a model by name, or the path of a GGUF file in the container; the default model if left out",
    }),
    "docker.hubModel": text({
      flag: "--hub-model <repository>",
      description: "repository of the model for compose.vllm.yaml",
      fallback: "Qwen/Qwen3-4B-Instruct-2507",
    }),
    "docker.port": integer({
      flag: "--port <number>",
      description: "port on the host, bound to 127.0.0.1",
      minimum: 1,
      maximum: 65_535,
      fallback: 8080,
    }),
    "docker.nodeImage": text({
      flag: "--node-image <image>",
      description: "the base image, by tag or digest; a tested one if left out",
    }),
    overwrite: toggle({
      flag: "--overwrite",
      description: "overwrite files that differ",
      fallback: false,
    }),
  },
  examples: [
    ["deploy docker", "a Dockerfile and compose files in this folder"],
    ["deploy docker --variant cuda --folder deploy", "for an NVIDIA GPU, in another folder"],
  ],
  notes:
    "Writes Dockerfile, compose.yaml (Formwork alone), compose.vllm.yaml (Formwork in front of vLLM with the plug-in)\n" +
    "and the package that goes into the image. Nothing is built: `docker compose up` does that.",
  async run({ values, terminal, signal }) {
    const { checkImage, DEFAULT_IMAGES, writeContainerFiles } = await import("../../../deploy/index.js");
    const { PLATFORM_PACKAGE_VERSION } = await import("../../../runtime/index.js");
    const { DEFAULT_MODEL } = await import("../../../models/index.js");
    const folder = resolve(terminal.workingFolder, values["docker.folder"]);
    const written = await writeContainerFiles(
      {
        variant: values["docker.variant"],
        model: values["docker.model"] ?? DEFAULT_MODEL,
        hubModel: values["docker.hubModel"],
        port: values["docker.port"],
        nodeImage: checkImage(values["docker.nodeImage"] ?? DEFAULT_IMAGES.node, "--node-image"),
        llamaVersion: PLATFORM_PACKAGE_VERSION,
      },
      { folder, overwrite: values.overwrite, signal },
    );
    terminal.stderr.write(
      written.length === 0 ? "Every file was there already.\n" : `Written: ${written.join(", ")}\n`,
    );
    const place = folder === terminal.workingFolder ? "" : ` --project-directory ${folder}`;
    terminal.stdout.write(`Next: FORMWORK_API_KEY=... docker compose${place} up --build\n`);
    return undefined;
  },
});
