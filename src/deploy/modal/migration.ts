import { FormworkError } from "../../errors.js";
import { isRecord } from "../../json/index.js";
import { type ModalCommandLine, runHelper } from "./commandLine.js";
import type { ModalOptions } from "./options/index.js";
import { modalSettings, SCALEDOWN_SECONDS } from "./settings.js";
import { pythonProgram } from "./support.js";

/** An endpoint of the old app and what becomes of it. `WORKSPACE` stands for the name of the workspace. */
export interface EndpointChange {
  before: string;
  after: string;
}

export interface MigrationProposal {
  /** For the key `modal` of `formwork.config.json`. */
  options: ModalOptions;
  endpoints: EndpointChange[];
  /** What clients of the old app have to do, or will see. */
  clients: string[];
  /** What was not carried over, and why. */
  notes: string[];
}

type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

interface Part {
  name: string;
  kind: "cls" | "function" | "server";
  arguments: Record<string, Value>;
  concurrent: Record<string, Value>;
  endpoints: { name: string; kind: string; arguments: Record<string, Value> }[];
}

interface Inspection {
  app: Value;
  parts: Part[];
  models: string[];
  packages: string[];
  contextLength: number | null;
}

/**
 * Reads an app of the older kind (a class with endpoints for generating and warming, a function for health)
 * without running it, and proposes what Formwork would deploy instead. Throws `FormworkError` when the file
 * cannot be read or holds no such app.
 */
export async function proposeMigration(modal: ModalCommandLine, file: string): Promise<MigrationProposal> {
  const found = (await runHelper(modal, pythonProgram("inspect_app.py"), [file])) as Inspection;
  return propose(found, file);
}

function propose(found: Inspection, file: string): MigrationProposal {
  // The part that costs: what asks for a GPU, else the first class with endpoints.
  const part =
    found.parts.find((one) => one.arguments["gpu"] !== undefined) ??
    found.parts.find((one) => one.kind === "cls" && one.endpoints.length > 0);
  if (part === undefined) {
    throw new FormworkError(
      "invalid_request",
      `${file} declares no class or function with a GPU or with endpoints: there is nothing to take over.`,
    );
  }
  const notes: string[] = [];
  const options: ModalOptions = {};
  if (typeof found.app === "string") options.app = found.app;
  readModel(found, options, notes);
  readScaling(part, options);
  readGpu(part, options, notes);
  readSnapshot(part, options, notes);
  readStorage(part, options, notes);
  for (const name of ["cpu", "memory", "timeout", "retries", "cloud"]) {
    if (part.arguments[name] === undefined) continue;
    notes.push(`${name}=${JSON.stringify(part.arguments[name])} is not carried over: ${NOT_CARRIED[name]}`);
  }
  // The settings check what was read, before anybody puts it into a file.
  modalSettings(options);
  return { options, endpoints: endpointChanges(found), clients: clientChanges(found), notes };
}

const NOT_CARRIED: Readonly<Record<string, string>> = {
  cpu: "the GPU server takes what Modal gives it; edit the app file to ask for more.",
  memory: "the GPU server takes what Modal gives it; edit the app file to ask for more.",
  timeout: "a request may take 600 s (`formwork serve --request-timeout`).",
  retries: "servers are not retried by Modal; Formwork's client retries what cannot have generated yet.",
  cloud: "Modal chooses; edit the app file to pin one.",
};

function readModel(found: Inspection, options: ModalOptions, notes: string[]): void {
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
  if (found.contextLength !== null) options.contextLength = found.contextLength;
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
      if (typeof value === "number") return value;
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
  ];
  for (const [key, value] of entries) if (value !== undefined) Object.assign(options, { [key]: value });
}

function readGpu(part: Part, options: ModalOptions, notes: string[]): void {
  const gpu = part.arguments["gpu"];
  const known = [gpu].flat().filter((one): one is string => typeof one === "string");
  if (known.length > 0) options.gpu = known.length === 1 ? known[0]! : known;
  else notes.push(`The GPU cannot be read from the file (${JSON.stringify(gpu ?? null)}): set modal.gpu.`);
  const region = part.arguments["region"];
  if (typeof region === "string" || isTexts(region)) options.computeRegion = region;
}

function readSnapshot(part: Part, options: ModalOptions, notes: string[]): void {
  if (part.arguments["enable_memory_snapshot"] !== true) return;
  const gpus = [options.gpu ?? []].flat();
  if (!gpus.some((gpu) => Number(gpu.split(":")[1] ?? 1) > 1)) options.snapshot = true;
  else
    notes.push("The memory snapshot is not carried over: it covers one GPU, and the app asks for several.");
}

function readStorage(part: Part, options: ModalOptions, notes: string[]): void {
  const secrets = [part.arguments["secrets"] ?? []].flat().map(objectName);
  const named = secrets.filter((name) => name !== undefined);
  if (named.length > 0) options.secrets = named;
  if (named.length < secrets.length)
    notes.push("Secrets made in the file itself are not carried over: create them by name.");
  const volumes = part.arguments["volumes"];
  for (const [path, volume] of Object.entries(isRecord(volumes) ? volumes : {})) {
    const name = objectName(volume);
    if (name !== undefined && /\/huggingface\/?$/.test(path)) {
      options.volumes = { models: name };
      notes.push(`The volume ${name} is used on: it holds the hub's cache, so nothing is fetched again.`);
    } else {
      notes.push(
        `The volume ${name ?? "?"} at ${path} is left alone; the weights are fetched into a volume of Formwork's.`,
      );
    }
  }
}

function endpointChanges(found: Inspection): EndpointChange[] {
  const app = typeof found.app === "string" ? found.app : "APP";
  return found.parts.flatMap((part) =>
    part.endpoints.map(({ name, arguments: given }) => {
      const label = given["label"];
      const subdomain =
        typeof label === "string"
          ? label
          : part.name === name
            ? `${app}-${name}`
            : `${app}-${part.name}-${name}`;
      const method = typeof given["method"] === "string" ? given["method"] : "GET";
      return {
        before: `${method} https://WORKSPACE--${subdomain.toLowerCase().replace(/[^a-z0-9-]/g, "-")}.modal.run`,
        after: route(name, app),
      };
    }),
  );
}

function route(endpoint: string, app: string): string {
  const server = `https://WORKSPACE--${app.toLowerCase()}-inference.REGION.modal.direct`;
  if (/health/i.test(endpoint)) return `GET https://WORKSPACE--${app.toLowerCase()}-health.modal.run/health`;
  if (/warm/i.test(endpoint)) return `GET ${server}/warmup`;
  if (/generat|infer|complet|predict/i.test(endpoint)) return `POST ${server}/generate`;
  return `${server} (no route of that name; see the routes of \`formwork serve\`)`;
}

function clientChanges(found: Inspection): string[] {
  const isOpen = found.parts.some((part) =>
    part.endpoints.some((endpoint) => endpoint.arguments["requires_proxy_auth"] !== true),
  );
  return [
    "One address with routes takes the place of one address for each endpoint.",
    ...(isOpen
      ? [
          "Callers must send Modal-Key and Modal-Secret (`formwork secrets token` makes a pair); the old endpoints " +
            "were open. `unauthenticated: true` keeps it so.",
        ]
      : ["Callers go on sending Modal-Key and Modal-Secret."]),
    "While nothing is warm a caller gets 503 and tries again; the old endpoints answered 303 after 150 s, to be followed.",
    "`/health` wakes no GPU, and says whether a container is warm (`engine`, `containers`).",
    "An answer carries the object as `output`, and again as `ir_json` and `text` for clients of the old app.",
    "Errors have a true HTTP status (400, 401, 503, ...) with `{error, status, code}`; code that looks for an " +
      "`error` member in a 200 goes on working only if it checks the status too.",
  ];
}

function objectName(value: Value | undefined): string | undefined {
  return isRecord(value) && typeof value["from_name"] === "string" ? value["from_name"] : undefined;
}

function isTexts(value: Value | undefined): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
