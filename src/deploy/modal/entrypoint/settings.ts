import { fileURLToPath } from "node:url";
import { FormworkError } from "../../../errors.js";

/** The settings that the generated app passes to the container's program in the variable `FORMWORK_CONTAINER`. */
export interface ContainerSettings {
  /** The engine's kind, for `formwork serve --engine KIND=URL`. */
  engine: string;
  /** URL for test inferences: the engine's inside the container, or Formwork's if there is no separate engine. */
  engineUrl: string;
  /** The engine's command line; empty for the embedded engine. */
  command: readonly string[];
  /** The engine's name of the model. */
  model: string;
  /** The public port; opened after a real inference has finished. */
  port: number;
  /** The control port, on 127.0.0.1; 0 for any free one. */
  controlPort: number;
  /** Whether to put the engine to sleep after `boot`, for a memory snapshot, and wake it in `open`. */
  sleep: boolean;
  /** Time limit for the engine's first inference. */
  bootSeconds: number;
  /** Grace period of running requests at shutdown. */
  drainSeconds: number;
  /** Time limit of a request. */
  requestSeconds: number;
  /** Time without an answer after which the engine is probed. */
  probeSeconds: number;
  /** The command that serves the public port. Default: this package's `formwork serve`. */
  serveCommand: readonly string[];
}

export const SETTINGS_VARIABLE = "FORMWORK_CONTAINER";

/** Throws `FormworkError("wrong_usage")` if the variable is missing or incomplete. */
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
    // Access is controlled by Modal's proxy and, if set, the key.
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
