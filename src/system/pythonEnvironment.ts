import { join } from "node:path";
import { FormworkError } from "../errors.js";
import { cacheFolder } from "./cacheFolder.js";
import { preparedFolder } from "./preparedFolder.js";
import { isInstalled, runCommand } from "./runCommand.js";

/** A Python environment managed by Formwork, separate from the user's. */
export interface PythonEnvironment {
  folder: string;
  /** Its Python. Programs of packages run as modules (`python -m modal`), so that the folder can be moved. */
  python: string;
}

export interface EnvironmentOptions {
  signal?: AbortSignal;
  /** Called with a line that describes the current step. */
  onProgress?: (line: string) => void;
  /** Folder of the environments. Default: Formwork's cache folder. */
  folder?: string;
}

/** Python versions that all packages installed by Formwork support. */
const PYTHON_RANGE = ">=3.10,<3.15";

/** The content of an environment, if it is more than one requirement. */
export interface Requirements {
  /** Name of its folder, unique to the packages. */
  name: string;
  /** A requirements file. */
  file: string;
}

/**
 * An environment with exactly `wanted` (`modal==1.6.4`) and its dependencies, created by `uv` or else by `python3 -m venv` and
 * pip, once per version. Throws `FormworkError("wrong_usage")` with the next step if neither is available or the
 * installation fails.
 */
export async function pythonEnvironment(
  wanted: string | Requirements,
  options: EnvironmentOptions = {},
): Promise<PythonEnvironment> {
  const parent = options.folder ?? join(cacheFolder(), "python");
  const name = typeof wanted === "string" ? wanted.replace(/[^a-zA-Z0-9.]+/g, "-") : wanted.name;
  const words = typeof wanted === "string" ? [wanted] : ["--requirement", wanted.file];
  const folder = join(parent, name);
  await preparedFolder(folder, (draft) => install(name, words, draft, options));
  return { folder, python: join(folder, "bin", "python") };
}

async function install(
  name: string,
  words: readonly string[],
  folder: string,
  options: EnvironmentOptions,
): Promise<void> {
  const tell = options.onProgress ?? (() => undefined);
  if (await isInstalled("uv")) {
    tell(`Installing ${name} with uv`);
    await step(["uv", "venv", "--quiet", "--relocatable", "--python", PYTHON_RANGE, folder], options);
    await step(
      [
        "uv",
        "pip",
        "install",
        "--quiet",
        "--compile-bytecode",
        "--python",
        join(folder, "bin", "python"),
        ...words,
      ],
      options,
    );
    return;
  }
  if (!(await isInstalled("python3"))) {
    throw new FormworkError(
      "wrong_usage",
      `${name} needs Python, and neither uv nor python3 is installed. Install uv, which brings its own ` +
        "Python: https://docs.astral.sh/uv/getting-started/installation/",
    );
  }
  tell(
    `Installing ${name} with python3 -m venv and pip (uv is not installed; it would be several times faster)`,
  );
  await step(["python3", "-m", "venv", folder], options);
  await step([join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", ...words], options);
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
