import { FormworkError } from "../../../errors.js";
import { type ModalCommandLine, runHelper } from "../commandLine.js";
import type { ModalOptions } from "../options/index.js";
import { modalSettings, SCALEDOWN_SECONDS } from "../settings.js";
import { pythonProgram } from "../support.js";
import { clientChanges, type EndpointChange, endpointChanges } from "./addresses.js";
import { readEngineOptions } from "./engine.js";
import { type Draft, type Inspection, isTexts, type Part } from "./inspection.js";
import { readStorage } from "./storage.js";

export interface MigrationProposal {
  /** For the key `modal` of `formwork.config.json`. */
  options: ModalOptions;
  endpoints: EndpointChange[];
  /** What clients of the old app have to do, or will see. */
  clients: string[];
  /** What was not carried over, and why. */
  notes: string[];
}

/**
 * Reads an app (classes with endpoints, a GPU server, or a web server that runs `vllm serve` or SGLang) without running it,
 * and proposes what Formwork would deploy instead. Throws `FormworkError` when the file cannot be read or holds no such app.
 */
export async function proposeMigration(modal: ModalCommandLine, file: string): Promise<MigrationProposal> {
  const found = (await runHelper(modal, pythonProgram("inspect_app.py"), [file])) as Inspection;
  return propose(found, file);
}

function propose(found: Inspection, file: string): MigrationProposal {
  const { part, others } = costliestPart(found, file);
  const draft: Draft<ModalOptions> = { options: {}, notes: [] };
  const { options, notes } = draft;
  if (others.length > 0) {
    notes.push(
      `${part.name} is taken; ${others.join(" and ")} ${others.length > 1 ? "ask" : "asks"} for a GPU as well: ` +
        "deploy each model as an app of its own (--app, --file).",
    );
  }
  if (typeof found.app === "string") options.app = found.app;
  readModel(found, draft);
  readScaling(part, options);
  readEngineOptions(found, draft);
  readGpu(part, draft);
  readSnapshot(part, draft);
  readStorage(found, part, draft);
  readResources(part, draft);
  if (found.templates.length > 0) {
    notes.push(
      `The prompt template ${found.templates.join(", ")} is not carried over: Formwork puts prompts into the model's own ` +
        "chat template. Callers send what it adds as `system`, or within `prompt`.",
    );
  }
  for (const [variable, value] of Object.entries(found.defaults)) {
    notes.push(`${variable} was read as ${JSON.stringify(value)}, its default in the file.`);
  }
  // The settings check what was read, before anybody puts it into a file.
  modalSettings(options);
  return { options, endpoints: endpointChanges(found), clients: clientChanges(found), notes };
}

/** The part that costs: what asks for a GPU, else the first class with endpoints. */
function costliestPart({ parts }: Inspection, file: string): { part: Part; others: string[] } {
  const onGpu = parts.filter((one) => one.arguments["gpu"] !== undefined);
  const part = onGpu[0] ?? parts.find((one) => one.kind === "cls" && one.endpoints.length > 0);
  if (part !== undefined) return { part, others: onGpu.slice(1).map(({ name }) => name) };
  throw new FormworkError(
    "invalid_request",
    `${file} declares no class or function with a GPU or with endpoints: there is nothing to take over.`,
  );
}

function readModel(found: Inspection, { options, notes }: Draft<ModalOptions>): void {
  const has = (name: string) => found.packages.some((one) => new RegExp(`^${name}\\b`, "i").test(one));
  options.engine = has("sglang") ? "sglang" : "vllm";
  if (!has("sglang") && !has("vllm")) {
    notes.push("The old app installs neither vLLM nor SGLang; vLLM is proposed. It must support the model.");
  }
  const [model, ...others] = found.models;
  if (model === undefined) notes.push("No model name was found: set modal.model.");
  else options.model = model;
  if (others.length > 0)
    notes.push(`Other models in the file: ${others.join(", ")}. One app serves one model.`);
  const pins = found.packages.filter((one) =>
    /^(vllm|sglang|outlines|xgrammar|lm-format-enforcer|guidance)/i.test(one),
  );
  if (pins.length > 0) {
    notes.push(`Versions come from Formwork's lock, not from ${pins.join(", ")}.`);
  }
}

function readScaling(part: Part, options: ModalOptions): void {
  const given = (...names: string[]) => {
    for (const name of names) {
      const value = part.arguments[name] ?? part.concurrent[name];
      if (typeof value === "number") return Math.round(value);
    }
    return undefined;
  };
  const scaledown = given("scaledown_window", "container_idle_timeout");
  const mode = (["dev", "prod", "demo"] as const).find((one) => SCALEDOWN_SECONDS[one] === scaledown);
  options.mode = mode ?? "prod";
  const entries: [keyof ModalOptions, number | undefined][] = [
    ["scaledownWindow", mode === undefined ? scaledown : undefined],
    ["minContainers", given("min_containers", "keep_warm")],
    ["maxContainers", given("max_containers", "concurrency_limit")],
    ["bufferContainers", given("buffer_containers")],
    ["concurrency", given("target_inputs", "max_inputs", "allow_concurrent_inputs")],
    ["startupTimeout", given("startup_timeout")],
    ["exitGracePeriod", given("exit_grace_period")],
    ["requestTimeout", given("timeout")],
  ];
  for (const [key, value] of entries) if (value !== undefined) Object.assign(options, { [key]: value });
  const target = given("target_concurrency");
  if (target !== undefined) Object.assign(options, { targetConcurrency: target, concurrency: target });
  if (part.arguments["unauthenticated"] === true) options.unauthenticated = true;
}

function readGpu(part: Part, { options, notes }: Draft<ModalOptions>): void {
  const gpu = part.arguments["gpu"];
  const known = [gpu].flat().filter((one): one is string => typeof one === "string");
  if (known.length > 0) options.gpu = known.length === 1 ? known[0]! : known;
  else notes.push(`The GPU cannot be read from the file (${JSON.stringify(gpu ?? null)}): set modal.gpu.`);
  const region = part.arguments["compute_region"] ?? part.arguments["region"];
  if (typeof region === "string" || isTexts(region)) options.computeRegion = region;
  const routing = part.arguments["routing_region"];
  if (typeof routing === "string") options.region = routing;
}

function readSnapshot(part: Part, { options, notes }: Draft<ModalOptions>): void {
  if (part.arguments["enable_memory_snapshot"] !== true) return;
  const gpus = [options.gpu ?? []].flat();
  if (!gpus.some((gpu) => Number(gpu.split(":")[1] ?? 1) > 1)) options.snapshot = true;
  else
    notes.push("The memory snapshot is not carried over: it covers one GPU, and the app asks for several.");
}

const NOT_CARRIED: Readonly<Record<string, string>> = {
  retries: "servers are not retried by Modal; Formwork's client retries what cannot have generated yet.",
  cloud: "Modal chooses; edit the app file to pin one.",
};

function readResources(part: Part, { options, notes }: Draft<ModalOptions>): void {
  for (const [name, key] of [
    ["cpu", "cpu"],
    ["memory", "memory"],
    ["ephemeral_disk", "ephemeralDisk"],
  ] as const) {
    // Two values are a request and a limit: the request is what has to be there.
    const value = [part.arguments[name]].flat()[0];
    if (typeof value === "number") options[key] = Math.max(1, Math.ceil(value));
  }
  for (const [name, why] of Object.entries(NOT_CARRIED)) {
    if (part.arguments[name] === undefined) continue;
    notes.push(`${name}=${JSON.stringify(part.arguments[name])} is not carried over: ${why}`);
  }
}
