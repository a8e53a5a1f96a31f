import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FormworkError } from "../../errors.js";
import { cacheFolder } from "../../models/index.js";
import { isInstalled, runCommand } from "./process.js";

/** A Python environment of Formwork's own, apart from whatever Python the user has. */
export interface PythonEnvironment {
  folder: string;
  /** Its Python. Programs of packages are run as modules (`python -m modal`), so that the folder can be moved. */
  python: string;
}

export interface EnvironmentOptions {
  signal?: AbortSignal;
  /** Told in a line what is being done. */
  onProgress?: (line: string) => void;
  /** Where environments live; Formwork's cache folder when left out. */
  folder?: string;
}

/** The Pythons that Modal's package runs on. */
const PYTHON_RANGE = ">=3.10,<3.15";

/** The file that says that an installation went to its end. */
const COMPLETE = "formwork-complete";

/**
 * An environment that holds exactly `requirement` (`modal==1.6.4`) and what it needs, made by `uv` or, without
 * it, by `python3 -m venv` and pip. Made once a version and kept. Throws `FormworkError("wrong_usage")` with the
 * next step when neither is there or the installation fails.
 */
export async function pythonEnvironment(
  requirement: string,
  options: EnvironmentOptions = {},
): Promise<PythonEnvironment> {
  const parent = options.folder ?? join(cacheFolder(), "python");
  const folder = join(parent, requirement.replace(/[^a-zA-Z0-9.]+/g, "-"));
  const environment = { folder, python: join(folder, "bin", "python") };
  if (await exists(join(folder, COMPLETE))) return environment;

  await mkdir(parent, { recursive: true });
  // Made under another name and renamed when whole: two at once do no harm, and half of one is never used.
  const draft = `${folder}.${randomUUID()}`;
  try {
    await install(requirement, draft, options);
    await writeFile(join(draft, COMPLETE), `${requirement}\n`);
    await moveIntoPlace(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return environment;
}

async function install(requirement: string, folder: string, options: EnvironmentOptions): Promise<void> {
  const tell = options.onProgress ?? (() => undefined);
  if (await isInstalled("uv")) {
    tell(`Installing ${requirement} with uv`);
    await step(["uv", "venv", "--quiet", "--python", PYTHON_RANGE, folder], options);
    await step(
      [
        "uv",
        "pip",
        "install",
        "--quiet",
        "--compile-bytecode",
        "--python",
        join(folder, "bin", "python"),
        requirement,
      ],
      options,
    );
    return;
  }
  if (!(await isInstalled("python3"))) {
    throw new FormworkError(
      "wrong_usage",
      `${requirement} needs Python, and neither uv nor python3 is installed. Install uv, which brings its own ` +
        "Python: https://docs.astral.sh/uv/getting-started/installation/",
    );
  }
  tell(
    `Installing ${requirement} with python3 -m venv and pip (uv is not installed; it would be several times faster)`,
  );
  await step(["python3", "-m", "venv", folder], options);
  await step([join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", requirement], options);
}

async function step(command: string[], options: EnvironmentOptions): Promise<void> {
  const result = await runCommand(command, options.signal === undefined ? {} : { signal: options.signal });
  if (result.status === 0) return;
  const said = (result.stderr || result.stdout).trim().split("\n").slice(-6).join("\n");
  throw new FormworkError(
    "wrong_usage",
    `\`${command.join(" ")}\` failed:\n${said}\n` +
      "Check the connection to the package index (PIP_INDEX_URL, UV_INDEX_URL, a proxy), then run the command again.",
  );
}

async function moveIntoPlace(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (cause) {
    // Another process was first, or what an interrupted one left is in the way.
    if (await exists(join(folder, COMPLETE))) return;
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder).catch(() => {
      throw new FormworkError("internal", `${folder} cannot be written.`, { cause });
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
