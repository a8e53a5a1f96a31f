import type { ModalCommandLine, ModalOptions } from "../deploy/index.js";
import { FormworkError } from "../errors.js";
import {
  Complaint,
  choice,
  integer,
  list,
  type Setting,
  text,
  toggle,
  type ValuesOf,
} from "./config/setting.js";
import type { Terminal } from "./terminal/terminal.js";

/** Which app on Modal a command is about. */
export const modalAppSettings = {
  "modal.app": text({ flag: "--app <name>", description: "the app's name on Modal", fallback: "formwork" }),
  "modal.environment": text({
    flag: "--environment <name>",
    description: "Modal's environment; the workspace's default if left out",
  }),
  "modal.version": text({
    flag: "--modal-version <version>",
    description: "release of Modal's package to drive; a tried one if left out",
  }),
};

/** All settings of a deployment. */
export const modalSettingsFlags = {
  ...modalAppSettings,
  "modal.model": text({ flag: "--model <repository>", description: "a repository on the model hub" }),
  "modal.revision": text({ flag: "--revision <name>", description: "its branch, tag or commit" }),
  "modal.engine": choice({
    flag: "--engine <name>",
    description: "behind Formwork",
    choices: ["vllm", "sglang"],
  }),
  "modal.gpu": oneOrSeveral({
    flag: "--gpu <name>",
    description: "L40S, H100:2, ...; repeated: in order of preference",
  }),
  "modal.mode": choice({
    flag: "--mode <name>",
    description: "idle containers live 120, 300 or 600 s",
    choices: ["dev", "prod", "demo"],
  }),
  "modal.minContainers": integer({
    flag: "--min <count>",
    description: "containers always kept",
    minimum: 0,
  }),
  "modal.maxContainers": integer({ flag: "--max <count>", description: "containers at most", minimum: 1 }),
  "modal.bufferContainers": integer({
    flag: "--buffer <count>",
    description: "idle containers beyond what is needed, under load",
    minimum: 0,
  }),
  "modal.concurrency": integer({
    flag: "--concurrency <count>",
    description: "requests at once in a container",
    minimum: 1,
  }),
  "modal.targetConcurrency": integer({
    flag: "--target-concurrency <count>",
    description:
      "requests in a container at which another starts; three quarters of --concurrency if left out",
    minimum: 1,
  }),
  "modal.maxConcurrency": integer({
    flag: "--max-concurrency <count>",
    description: "requests in a container beyond which callers get 429; twice --concurrency if left out",
    minimum: 1,
  }),
  "modal.cpu": integer({ flag: "--cpu <cores>", description: "processor cores of a container", minimum: 1 }),
  "modal.memory": integer({ flag: "--memory <MiB>", description: "memory of a container", minimum: 128 }),
  "modal.ephemeralDisk": integer({
    flag: "--ephemeral-disk <MiB>",
    description: "disk of a container, from 524288",
    minimum: 524_288,
  }),
  "modal.downloadCpu": integer({
    flag: "--download-cpu <cores>",
    description: "cores of the function that fetches the weights",
    minimum: 1,
  }),
  "modal.downloadMemory": integer({
    flag: "--download-memory <MiB>",
    description: "memory of that function",
    minimum: 512,
  }),
  "modal.downloadTimeout": integer({
    flag: "--download-timeout <seconds>",
    description: "time that fetching the weights may take",
    minimum: 60,
  }),
  "modal.requestTimeout": integer({
    flag: "--request-timeout <seconds>",
    description: "time that one request may take",
    minimum: 1,
  }),
  "modal.probeSeconds": integer({
    flag: "--probe <seconds>",
    description: "time without an answer after which the engine has to prove itself",
    minimum: 5,
  }),
  "modal.gpuUnchecked": toggle({
    flag: "--gpu-unchecked",
    description: "take GPU names that this release does not know",
  }),
  "modal.region": text({
    flag: "--region <name>",
    description: "where requests enter: us-east, eu-west, ...",
  }),
  "modal.computeRegion": oneOrSeveral({
    flag: "--compute-region <name>",
    description: "where containers may run; costs more",
  }),
  "modal.snapshot": toggle({ flag: "--snapshot", description: "start containers from a memory snapshot" }),
  "modal.eager": toggle({ flag: "--eager", description: "no compilation: starts sooner, answers slower" }),
  "modal.secrets": secretList({
    flag: "--secret <name>",
    description: "a Modal secret the containers get; NAME:KEY+KEY also checks its keys",
  }),
  "modal.volumes.models": text({
    flag: "--models-volume <name>",
    description: "the volume that holds weights",
  }),
  "modal.volumes.compiled": text({
    flag: "--compiled-volume <name>",
    description: "the volume that holds compiled kernels",
  }),
  "modal.contextLength": integer({
    flag: "--context <tokens>",
    description: "positions; the model's own if left out",
    minimum: 256,
  }),
  "modal.engineArguments": list({
    flag: "--engine-argument <word>",
    description: "passed to the engine as it is",
  }),
  "modal.keepWarm": text({
    flag: "--keep-warm <times>",
    description: 'containers kept at these times: "Mon-Fri 08:00-18:00"',
  }),
  "modal.timeZone": text({
    flag: "--time-zone <name>",
    description: "of --keep-warm, Europe/Berlin; UTC if left out",
  }),
  "modal.scaledownWindow": integer({
    flag: "--scaledown <seconds>",
    description: "life of idle containers, in place of the mode's",
    minimum: 2,
  }),
  "modal.startupTimeout": integer({
    flag: "--startup-timeout <seconds>",
    description: "time a container may take to be ready",
    minimum: 60,
  }),
  "modal.exitGracePeriod": integer({
    flag: "--exit-grace <seconds>",
    description: "time requests get when a container ends",
    minimum: 0,
  }),
  "modal.unauthenticated": toggle({ flag: "--unauthenticated", description: "let anybody call it" }),
  "modal.publicHealth": toggle({ flag: "--public-health", description: "let anybody read /health" }),
  "modal.file": text({
    flag: "--file <path>",
    description: "the app file, in this folder; modal_app.py if left out",
  }),
  "modal.package": text({
    flag: "--package <version>",
    description: "Formwork in the image: local, or a version on npm",
  }),
};

/** The part of a command's values that a deployment understands. */
export function modalOptions(values: Partial<ValuesOf<typeof modalSettingsFlags>>): ModalOptions {
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const isUnset = value === undefined || (Array.isArray(value) && value.length === 0);
    if (!Object.hasOwn(modalSettingsFlags, key) || key === "modal.version" || isUnset) continue;
    const name = key.slice("modal.".length);
    if (name === "secrets") options["secrets"] = secretRecord(value as readonly string[]);
    else if (name.startsWith("volumes.")) {
      options["volumes"] = { ...(options["volumes"] as object), [name.slice("volumes.".length)]: value };
    } else options[name] = value;
  }
  return options as ModalOptions;
}

/** Modal's command line, installed if needed; progress goes to stderr. */
export async function openModal(
  values: ValuesOf<typeof modalAppSettings>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ModalCommandLine> {
  const { modalCommandLine } = await import("../deploy/index.js");
  const version = values["modal.version"];
  return modalCommandLine({
    ...(version === undefined ? {} : { version }),
    environment: values["modal.environment"],
    signal,
    onProgress: (line) => terminal.stderr.write(`${line}\n`),
  });
}

/** A list that the file may also write as a single text. */
function oneOrSeveral(base: { flag: string; description: string }): Setting<readonly string[]> {
  const plain = list(base);
  return { ...plain, readJson: (value) => plain.readJson(typeof value === "string" ? [value] : value) };
}

/** `name:KEY+KEY` texts; in the file also `{"name": ["KEY"]}`. */
function secretList(base: { flag: string; description: string }): Setting<readonly string[]> {
  const plain = list(base);
  return {
    ...plain,
    readJson: (value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return plain.readJson(value);
      return Object.entries(value).map(([name, keys]) => {
        if (!Array.isArray(keys)) throw new Complaint("must list the keys of each secret");
        return keys.length === 0 ? name : `${name}:${keys.join("+")}`;
      });
    },
  };
}

function secretRecord(words: readonly string[]): Record<string, string[]> {
  const entries = words.map((word) => {
    const [name = "", keys, ...rest] = word.split(":");
    if (name === "" || rest.length > 0) {
      throw new FormworkError("wrong_usage", `--secret "${word}" is not of the form NAME or NAME:KEY+KEY.`);
    }
    return [name, keys === undefined ? [] : keys.split("+").filter((key) => key !== "")] as const;
  });
  return Object.fromEntries(entries);
}
