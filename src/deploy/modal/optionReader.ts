import { FormworkError } from "../../errors.js";
import type { ModalOptions } from "./settings.js";

/** The names that `ModalOptions` knows; the compiler sees to it that none is missing. */
const KNOWN: Readonly<Record<keyof ModalOptions, true>> = {
  app: true,
  model: true,
  revision: true,
  engine: true,
  gpu: true,
  mode: true,
  minContainers: true,
  maxContainers: true,
  bufferContainers: true,
  concurrency: true,
  targetConcurrency: true,
  maxConcurrency: true,
  cpu: true,
  memory: true,
  ephemeralDisk: true,
  downloadCpu: true,
  downloadMemory: true,
  downloadTimeout: true,
  requestTimeout: true,
  probeSeconds: true,
  gpuUnchecked: true,
  region: true,
  computeRegion: true,
  snapshot: true,
  eager: true,
  secrets: true,
  volumes: true,
  contextLength: true,
  engineArguments: true,
  keepWarm: true,
  timeZone: true,
  scaledownWindow: true,
  startupTimeout: true,
  exitGracePeriod: true,
  unauthenticated: true,
  publicHealth: true,
  environment: true,
  file: true,
  package: true,
};

/** Values of unknown origin, read one by one. */
export class OptionReader {
  readonly #values = new Map<string, unknown>();

  constructor(layers: readonly unknown[]) {
    for (const layer of layers) {
      if (layer === undefined) continue;
      if (typeof layer !== "object" || layer === null || Array.isArray(layer)) {
        throw new FormworkError("invalid_request", "The key modal holds an object.", { pointer: "/modal" });
      }
      for (const [key, value] of Object.entries(layer)) {
        if (!Object.hasOwn(KNOWN, key)) {
          throw invalid(key, `is no option of a deployment; there are ${Object.keys(KNOWN).join(", ")}`);
        }
        if (value !== undefined && value !== null) this.#values.set(key, value);
      }
    }
  }

  text(key: keyof ModalOptions): string | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value === "") throw invalid(key, "is a text that is not empty");
    return value;
  }

  /** A name that Modal takes for an app. */
  name(key: keyof ModalOptions): string | undefined {
    const value = this.text(key);
    if (value !== undefined && !isObjectName(value)) {
      throw invalid(key, `is at most 64 letters, digits, dots, dashes and underscores; "${value}" is not`);
    }
    return value;
  }

  texts(key: keyof ModalOptions): string[] | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    const list = Array.isArray(value) ? value : [value];
    if (!list.every((item): item is string => typeof item === "string" && item !== "")) {
      throw invalid(key, "is a text or a list of texts");
    }
    return list;
  }

  /** Names of regions; Modal itself would reject a wrong one only after the image is built. */
  region(key: keyof ModalOptions): string[] | undefined {
    const names = this.texts(key);
    const wrong = names?.find((name) => !REGION.test(name));
    if (wrong === undefined) return names;
    throw invalid(key, `is a region such as us-east, us-west, eu-west or ap-southeast; "${wrong}" is not`);
  }

  flag(key: keyof ModalOptions): boolean | undefined {
    const value = this.#values.get(key);
    if (value !== undefined && typeof value !== "boolean") throw invalid(key, "is true or false");
    return value;
  }

  choice<T extends string>(key: keyof ModalOptions, among: readonly T[], otherwise: T): T {
    const value = this.#values.get(key) ?? otherwise;
    if (!among.includes(value as T)) throw invalid(key, `is one of ${among.join(", ")}`);
    return value as T;
  }

  whole(key: keyof ModalOptions, otherwise: number, least: number, most: number): number {
    return this.wholeOrNone(key, least, most) ?? otherwise;
  }

  wholeOrNone(key: keyof ModalOptions, least: number, most: number): number | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      throw invalid(key, `is a whole number from ${least} to ${most}`);
    }
    return value as number;
  }

  record(key: keyof ModalOptions, names: readonly string[]): Record<string, string | undefined> {
    const value = this.#values.get(key) ?? {};
    if (typeof value !== "object" || Array.isArray(value)) throw invalid(key, `is an object`);
    for (const [name, item] of Object.entries(value)) {
      if (!names.includes(name)) throw invalid(`${key}/${name}`, `is unknown; there are ${names.join(", ")}`);
      if (typeof item !== "string" || !isObjectName(item))
        throw invalid(`${key}/${name}`, "is a volume's name");
    }
    return value as Record<string, string | undefined>;
  }

  secrets(): Record<string, string[]> {
    const value = this.#values.get("secrets") ?? [];
    const entries: [string, unknown][] = Array.isArray(value)
      ? value.map((name) => [name, []])
      : typeof value === "string"
        ? [[value, []]]
        : Object.entries(value as object);
    for (const [name, keys] of entries) {
      if (typeof name !== "string" || !isObjectName(name)) throw invalid("secrets", "names Modal secrets");
      if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string")) {
        throw invalid(`secrets/${name}`, "lists the keys that the secret must hold");
      }
    }
    return Object.fromEntries(entries) as Record<string, string[]>;
  }
}

/** A continent or a country, a direction, and a zone of a provider: `eu`, `us-east`, `us-east-1`. */
const REGION =
  /^(?:us|eu|ap|uk|ca|me|sa|af|jp|mx)(?:-(?:east|west|north|south|central|northeast|northwest|southeast|southwest)(?:-?\d+)?)?$/;

function isObjectName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,64}$/.test(name) && !/^ap-[a-zA-Z0-9]{22}$/.test(name);
}

export function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (cause) {
    throw new FormworkError(
      "invalid_request",
      `modal.timeZone: "${timeZone}" is no time zone; write Europe/Berlin.`,
      {
        pointer: "/modal/timeZone",
        cause,
      },
    );
  }
}

export function invalid(key: string, what: string): FormworkError {
  return new FormworkError("invalid_request", `modal.${key.replace("/", ".")} ${what}.`, {
    pointer: `/modal/${key}`,
  });
}
