import type { ModalOptions } from "../options/index.js";
import { SCALEDOWN_SECONDS } from "../settings.js";
import { type Draft, isTexts, isUnknown, type Part, shown, type Value } from "./inspection.js";

/** Integer arguments that map directly to an option, by current and older names. */
const COUNTS: Readonly<Record<string, keyof ModalOptions>> = {
  min_containers: "minContainers",
  keep_warm: "minContainers",
  max_containers: "maxContainers",
  concurrency_limit: "maxContainers",
  buffer_containers: "bufferContainers",
  max_inputs: "concurrency",
  allow_concurrent_inputs: "concurrency",
  target_inputs: "targetConcurrency",
  target_concurrency: "targetConcurrency",
  max_concurrency: "maxConcurrency",
  startup_timeout: "startupTimeout",
  exit_grace_period: "exitGracePeriod",
  timeout: "requestTimeout",
  cpu: "cpu",
  memory: "memory",
  ephemeral_disk: "ephemeralDisk",
};

type Read = (value: Value, draft: Draft<ModalOptions>) => boolean;

/** The other arguments with an option. Each returns whether it could read the value. */
const READERS: Readonly<Record<string, Read>> = {
  scaledown_window: readScaledown,
  container_idle_timeout: readScaledown,
  gpu: readGpu,
  enable_memory_snapshot: readSnapshot,
  compute_region: readRegions,
  region: readRegions,
  routing_region: (value, { options }) => {
    if (typeof value !== "string") return false;
    options.region = value;
    return true;
  },
  unauthenticated: (value, { options }) => {
    if (value === true) options.unauthenticated = true;
    return typeof value === "boolean";
  },
};

/** Arguments that the deployment sets itself or that are read elsewhere. */
const DECIDED = new Set([
  ...["image", "port", "name", "include_source", "serialized", "experimental_options", "secrets", "volumes"],
  // Schedules are reported together.
  "schedule",
]);

const EXPLAINED: Readonly<Record<string, string>> = {
  retries: "servers are not retried by Modal; Formwork's client retries what cannot have generated yet",
  cloud: "Modal chooses; edit the app file to pin one",
};

/** Arguments of decorators: carried over if there is an option, otherwise listed. */
export function readPart(part: Part, draft: Draft<ModalOptions>): void {
  const { options, notes } = draft;
  options.mode = "prod";
  for (const [name, value] of Object.entries({ ...part.arguments, ...part.concurrent })) {
    if (DECIDED.has(name) || value === null) continue;
    const isRead = READERS[name]?.(value, draft) ?? readCount(name, value, draft);
    if (isRead) continue;
    const option = COUNTS[name];
    if (option !== undefined && isUnknown(value))
      notes.push(`${name}=${shown(value)} is known only when the file runs: set modal.${option}.`);
    else
      notes.push(
        `${name}=${shown(value)} is not carried over: ${EXPLAINED[name] ?? "edit the app file if it is still needed"}.`,
      );
  }
  if (part.arguments["gpu"] === undefined) readGpu(null, draft);
  // A single value sets both the engine's concurrency and the threshold for another container.
  if (options.targetConcurrency !== undefined && options.concurrency === undefined)
    options.concurrency = options.targetConcurrency;
}

function readCount(name: string, value: Value, { options, notes }: Draft<ModalOptions>): boolean {
  const option = COUNTS[name];
  // Two values are a request and a limit; the request counts.
  const [count, limit] = [value].flat();
  if (option === undefined || typeof count !== "number") return false;
  if (limit !== undefined) notes.push(`The limit of ${name}=${shown(value)} is not carried over.`);
  const least = option === "cpu" || option === "memory" || option === "ephemeralDisk" ? 1 : 0;
  Object.assign(options, { [option]: Math.max(least, Math.ceil(count)) });
  return true;
}

function readScaledown(value: Value, { options }: Draft<ModalOptions>): boolean {
  if (typeof value !== "number") return false;
  const mode = (["dev", "prod", "demo"] as const).find((one) => SCALEDOWN_SECONDS[one] === value);
  if (mode !== undefined) options.mode = mode;
  else options.scaledownWindow = Math.round(value);
  return true;
}

function readGpu(value: Value, { options, notes }: Draft<ModalOptions>): boolean {
  const known = [value].flat().filter((one): one is string => typeof one === "string");
  if (known.length > 0) options.gpu = known.length === 1 ? known[0]! : known;
  else notes.push(`The GPU cannot be read from the file (${shown(value)}): set modal.gpu.`);
  return true;
}

function readRegions(value: Value, { options }: Draft<ModalOptions>): boolean {
  if (typeof value !== "string" && !isTexts(value)) return false;
  options.computeRegion = value;
  return true;
}

function readSnapshot(value: Value, { options, notes }: Draft<ModalOptions>): boolean {
  if (typeof value !== "boolean") return false;
  if (!value) return true;
  const gpus = [options.gpu ?? []].flat();
  if (!gpus.some((gpu) => Number(gpu.split(":")[1] ?? 1) > 1)) options.snapshot = true;
  else
    notes.push("The memory snapshot is not carried over: it covers one GPU, and the app asks for several.");
  return true;
}
