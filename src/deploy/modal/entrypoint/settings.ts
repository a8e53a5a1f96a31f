import { fileURLToPath } from "node:url";
import { FormworkError } from "../../../errors.js";

/** What the generated app passes to the container's program in the environment variable `FORMWORK_CONTAINER`. */
export interface ContainerSettings {
  /** The engine's kind, for `formwork serve --engine KIND=URL`. */
  engine: string;
  /** Where inferences are tried: the engine's address inside the container, or Formwork's own where there is no other. */
  engineUrl: string;
  /** The engine's command line; empty where Formwork's own engine serves. */
  command: readonly string[];
  /** The name under which the engine serves the model. */
  model: string;
  /** The public port; open only once a real inference has finished. */
  port: number;
  /** The port that takes the steps, on 127.0.0.1. 0 takes a free one. */
  controlPort: number;
  /** Put the engine to sleep after `boot`, for a memory snapshot, and wake it in `open`. */
  sleep: boolean;
  /** How long the engine may take to answer its first inference. */
  bootSeconds: number;
  /** How long requests in flight may take at the end. */
  drainSeconds: number;
  /** How long one request may take. */
  requestSeconds: number;
  /** After so long without an answer the engine has to prove itself with a small inference. */
  probeSeconds: number;
  /** The command that serves on the public port; this package's own `formwork serve` when left out. */
  serveCommand: readonly string[];
}

export const SETTINGS_VARIABLE = "FORMWORK_CONTAINER";

/** Throws `FormworkError("wrong_usage")` when the variable is missing or lacks something. */
export function containerSettings(environment: NodeJS.ProcessEnv): ContainerSettings {
  const text = environment[SETTINGS_VARIABLE];
  if (text === undefined) {
    throw new FormworkError(
      "wrong_usage",
      `This program belongs into a container that \`formwork deploy modal\` made: ${SETTINGS_VARIABLE} is not set.`,
    );
  }
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new FormworkError("wrong_usage", `${SETTINGS_VARIABLE} holds no JSON.`, { cause });
  }
  const engine = read(value, "engine", "string");
  const engineUrl = read(value, "engineUrl", "string");
  const port = read(value, "port", "number");
  const drainSeconds = read(value, "drainSeconds", "number");
  const requestSeconds = read(value, "requestSeconds", "number");
  const command = readWords(value, "command");
  const words = value["serveArguments"] === undefined ? [] : readWords(value, "serveArguments");
  return {
    engine,
    engineUrl,
    command,
    model: read(value, "model", "string"),
    port,
    controlPort: read(value, "controlPort", "number"),
    sleep: read(value, "sleep", "boolean"),
    bootSeconds: read(value, "bootSeconds", "number"),
    drainSeconds,
    requestSeconds,
    probeSeconds: read(value, "probeSeconds", "number"),
    serveCommand:
      value["serveCommand"] === undefined
        ? [
            ...ownServeCommand({ port, drainSeconds, requestSeconds }),
            ...(command.length === 0 ? [] : ["--engine", `${engine}=${engineUrl}`]),
            ...words,
          ]
        : readWords(value, "serveCommand"),
  };
}

function ownServeCommand({
  port,
  drainSeconds,
  requestSeconds,
}: Pick<ContainerSettings, "port" | "drainSeconds" | "requestSeconds">): string[] {
  const main = fileURLToPath(new URL("../../../cli/main.js", import.meta.url));
  return [
    process.execPath,
    main,
    "serve",
    // Who may call is decided by Modal's proxy in front, and by the key where there is one.
    ...["--host", "0.0.0.0", "--open"],
    ...["--port", String(port)],
    ...["--drain-timeout", String(drainSeconds)],
    ...["--request-timeout", String(requestSeconds)],
  ];
}

interface Kinds {
  string: string;
  number: number;
  boolean: boolean;
}

function read<K extends keyof Kinds>(value: Record<string, unknown>, key: string, kind: K): Kinds[K] {
  const found = value[key];
  if (typeof found !== kind) throw missing(key, `a ${kind}`);
  return found as Kinds[K];
}

function readWords(value: Record<string, unknown>, key: string): string[] {
  const found = value[key];
  if (!Array.isArray(found) || !found.every((word) => typeof word === "string")) {
    throw missing(key, "a list of words");
  }
  return found as string[];
}

function missing(key: string, what: string): FormworkError {
  return new FormworkError("wrong_usage", `${SETTINGS_VARIABLE}.${key} is ${what}.`, { pointer: `/${key}` });
}
