import { FormworkError } from "../../../errors.js";
import { type ModalCommandLine, runHelper } from "../commandLine.js";
import type { ModalOptions } from "../options/index.js";
import { modalSettings } from "../settings.js";
import { pythonProgram } from "../support.js";
import { clientChanges, type EndpointChange, endpointChanges } from "./addresses.js";
import { readEngineOptions } from "./engine.js";
import { type Draft, type Inspection, type Part, shown, type Value } from "./inspection.js";
import { readPart } from "./part.js";
import { readStorage } from "./storage.js";

export interface MigrationProposal {
  /** For the key `modal` of `formwork.config.json`. */
  options: ModalOptions;
  endpoints: EndpointChange[];
  /** Notes for clients of the old app. */
  clients: string[];
  /** Settings that were not carried over, with reasons. */
  notes: string[];
}

/**
 * Analyses an app (classes with endpoints, a GPU server, or a web server that runs `vllm serve` or SGLang) without running it, and
 * proposes an equivalent Formwork deployment. Throws `FormworkError` if the file cannot be read or has no such app.
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
        "deploy each model as a separate app (--app, --file).",
    );
  }
  if (typeof found.app === "string") options.app = found.app;
  readModel(found, draft);
  readPart(part, draft);
  readEngineOptions(found, draft);
  readStorage(found, part, draft);
  readSurroundings(found, draft);
  dropInvalid(draft);
  const clients = clientChanges(found, options.unauthenticated === true);
  return { options, endpoints: endpointChanges(found), clients, notes };
}

/** Validates the settings that were read; rejected ones are listed instead. */
function dropInvalid({ options, notes }: Draft<ModalOptions>): void {
  for (;;) {
    try {
      modalSettings(options);
      return;
    } catch (error) {
      const key = error instanceof FormworkError ? error.pointer?.split("/")[2] : undefined;
      if (key === undefined || !(key in options)) throw error;
      const value = shown(options[key as keyof ModalOptions] as Value);
      notes.push(`${key}=${value} is not carried over: ${(error as FormworkError).message}`);
      delete options[key as keyof ModalOptions];
    }
  }
}

/** The main part: the one with a GPU, else the first class with endpoints. */
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

/** Prompts, sampling, schedules and variables of the app, which have no place in a deployment. */
function readSurroundings(found: Inspection, { notes }: Draft<ModalOptions>): void {
  if (found.templates.length > 0) {
    notes.push(
      `The prompt template ${found.templates.join(", ")} is not carried over: Formwork puts prompts into the model's own ` +
        "chat template. Callers send what it adds as `system`, or within `prompt`.",
    );
  }
  for (const [name, value] of Object.entries(found.sampling)) {
    notes.push(
      `${name}=${shown(value)} of the sampling parameters is not carried over: callers send it with each request.`,
    );
  }
  for (const { name, arguments: given } of found.parts) {
    if (given["schedule"] === undefined || given["schedule"] === null) continue;
    notes.push(
      `${name} runs on the schedule ${shown(given["schedule"])}, which is not carried over. Where it kept a container warm, ` +
        'use --keep-warm "Mon-Fri 08:00-18:00".',
    );
  }
  for (const [variable, value] of Object.entries(found.environment)) {
    if (HUB_VARIABLES.has(variable)) continue;
    notes.push(
      `The image's variable ${variable}=${shown(value)} is not carried over: put it into a secret (--secret) if the engine still needs it.`,
    );
  }
  for (const [variable, value] of Object.entries(found.defaults)) {
    notes.push(`${variable} was read as ${JSON.stringify(value)}, its default in the file.`);
  }
}

/** Variables of the hub's library, which the deployment sets. */
const HUB_VARIABLES = new Set([
  ...["HF_HOME", "HF_HUB_CACHE", "HF_HUB_ENABLE_HF_TRANSFER", "HF_XET_HIGH_PERFORMANCE"],
  ...["HF_HUB_DOWNLOAD_TIMEOUT", "VLLM_CACHE_ROOT", "VLLM_SERVER_DEV_MODE"],
]);
