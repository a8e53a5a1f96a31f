// What the commands that start an engine on this machine's processors share. Needs uv (https://docs.astral.sh/uv/).

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../dist/models/index.js";

/** What goes on PYTHONPATH for the plug-in. */
export const pluginFolder = join(import.meta.dirname, "..", "..", "python");

/** An environment with `packages`, the first of which names it, in Formwork's cache; the folder. */
export function pythonEnvironment(packages, overrides) {
  const path = join(cacheFolder(), "python", packages[0].replace("==", "-"));
  if (existsSync(path)) return path;
  const draft = `${path}.${process.pid}`;
  const override = `${draft}.override`;
  mkdirSync(join(cacheFolder(), "python"), { recursive: true });
  try {
    writeFileSync(override, `${overrides.join("\n")}\n`);
    run("uv", ["venv", "--relocatable", draft]);
    run("uv", [
      "pip",
      "install",
      "--python",
      join(draft, "bin", "python"),
      "--override",
      override,
      ...packages,
    ]);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(override, { force: true });
  }
  return path;
}

/** The model as a Hugging Face folder in Formwork's cache. */
export function huggingFaceFolder(python, { id, path }) {
  const target = join(cacheFolder(), "huggingface", id);
  if (existsSync(target)) return target;
  const draft = `${target}.${process.pid}`;
  try {
    run(python, [join(import.meta.dirname, "gguf_to_huggingface.py"), path, draft]);
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return target;
}

/** Runs the server until it ends, which Ctrl-C makes it; says so when it is up. */
export async function serve({ kind, title, url, python, args, env }) {
  const server = spawn(python, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, HF_HUB_OFFLINE: "1", ...env },
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
  server.on("exit", (code) => process.exit(code ?? 0));
  while (
    !(await fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    ))
  ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  console.log(
    `\n${title} is up. Try:\n  npm run formwork -- generate --engine ${kind}=${url} --prompt "Ada, 36" --schema examples/person.json`,
  );
}

function run(command, args) {
  execFileSync(command, args, { stdio: ["ignore", 2, 2] });
}
