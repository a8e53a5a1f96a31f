import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { FormworkError } from "../../../errors.js";
import { preparedFolder } from "../../../system/index.js";
import { runTool } from "../../peers/runTool.js";
import type { RequirementSet, Side } from "./sets.js";
import { settle } from "./settle.js";

/** The uv that the generated image uses. */
const UV_VERSION = "0.13.9";

export interface Tools {
  uv: string;
  python: string;
  versions: { pip: string; uv: string; python: string };
  countPackages(set: RequirementSet): Promise<number>;
}

/** Finds or installs the tools. Throws `FormworkError("wrong_usage")` if there is no suitable Python. */
export async function tools(
  cacheFolder: string,
  pythonVersion: string,
  given: string | undefined,
  tell: (text: string) => void,
): Promise<Tools> {
  const folder = await preparedFolder(join(cacheFolder, "bench", `uv-${UV_VERSION}`), async (draft) => {
    tell(`Installing uv ${UV_VERSION}`);
    await runTool("python3", ["-m", "venv", join(draft, "environment")]);
    await runTool(join(draft, "environment", "bin", "python"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      `uv==${UV_VERSION}`,
    ]);
  });
  const uv = join(folder, "environment", "bin", "uv");
  const python = given ?? (await findPython(uv, pythonVersion, tell));
  const pipVersion = await newestPip(uv, python, folder);
  const version = (await runTool(python, ["--version"])).trim().replace("Python ", "");
  if (!version.startsWith(`${pythonVersion}.`)) {
    throw new FormworkError(
      "wrong_usage",
      `The lock is made for Python ${pythonVersion}; ${python} is ${version}.`,
    );
  }
  return {
    uv,
    python,
    versions: { pip: pipVersion, uv: UV_VERSION, python: version },
    countPackages: async (set) =>
      (await readFile(set.lock, "utf8")).split("\n").filter((line) => /^\w/.test(line)).length,
  };
}

async function findPython(uv: string, version: string, tell: (text: string) => void): Promise<string> {
  try {
    return (await runTool(uv, ["python", "find", version])).trim();
  } catch {
    // None that uv can use: uv downloads one if possible.
  }
  try {
    tell(`Fetching Python ${version}`);
    await runTool(uv, ["python", "install", "--quiet", version]);
    return (await runTool(uv, ["python", "find", "--managed-python", version])).trim();
  } catch (cause) {
    throw new FormworkError(
      "wrong_usage",
      `There is no Python ${version} here and uv could not fetch one. Name one with --python /path/to/python${version}.`,
      { cause },
    );
  }
}

async function newestPip(uv: string, python: string, folder: string): Promise<string> {
  const probe = join(folder, `probe-${process.pid}`);
  try {
    await runTool(uv, ["venv", "--quiet", "--seed", "--python", python, probe]);
    const said = await runTool(join(probe, "bin", "python"), ["-m", "pip", "--version"]);
    return /^pip (\S+)/.exec(said)?.[1] ?? "unknown";
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

/**
 * Seconds that one side takes to install the set into a new environment in `folder`, from empty caches, without the time for creating the
 * environment.
 */
export async function measure(
  side: Side,
  set: RequirementSet,
  { uv, python }: Tools,
  folder: string,
  signal?: AbortSignal,
): Promise<number> {
  const environment = join(folder, "environment");
  await runTool(uv, [
    "venv",
    "--quiet",
    ...(side.startsWith("pip") ? ["--seed"] : []),
    "--python",
    python,
    environment,
  ]);
  const command = commandOf(side, set, uv, environment, join(folder, "cache"));
  const release = await settle(folder, set.fillsMemory ? Number.POSITIVE_INFINITY : 0);
  try {
    const began = performance.now();
    await run(command, signal);
    return (performance.now() - began) / 1000;
  } finally {
    await release();
  }
}

function commandOf(
  side: Side,
  set: RequirementSet,
  uv: string,
  environment: string,
  cache: string,
): string[] {
  const python = join(environment, "bin", "python");
  const pip = [python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--disable-pip-version-check"];
  const uvPip = [
    uv,
    "pip",
    "install",
    "--quiet",
    "--cache-dir",
    cache,
    "--python",
    python,
    "--no-deps",
    "-r",
    set.lock,
  ];
  switch (side) {
    case "pip":
      return [...pip, "--requirement", set.requirements];
    case "pip, constrained":
      // The lock only constrains the result: pip still has to resolve it.
      return [...pip, "--requirement", set.requirements, "--constraint", set.lock];
    case "pip, lock":
      return [...pip, "--no-deps", "--requirement", set.lock];
    case "uv":
      return uvPip;
    case "uv, bytecode":
      return [...uvPip, "--compile-bytecode"];
  }
}

async function run(command: string[], signal: AbortSignal | undefined): Promise<void> {
  // Wheels on this machine's disk would save one tool the network.
  const { PIP_FIND_LINKS: _links, UV_FIND_LINKS: _uvLinks, ...environment } = process.env;
  const child = spawn(command[0]!, command.slice(1), {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
    ...(signal === undefined ? {} : { signal }),
  });
  let said = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-4000);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(new FormworkError("cancelled", `${command[0]} was stopped.`, { cause })),
    );
    child.once("close", resolve);
  });
  if (status === 0) return;
  throw new FormworkError("upstream_error", `\`${command.join(" ")}\` failed:\n${said.trim()}`);
}
