// Shared by the commands that start an engine on the CPU. Needs uv (https://docs.astral.sh/uv/).

import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, preparedFolder } from "../../dist/system/index.js";

const REASONING_TOKENS = { 3: "<think>", 4: "</think>" };

/** The folder that PYTHONPATH needs for the plug-in. */
export const pluginFolder = join(import.meta.dirname, "..", "..", "python");

/** Folder of a Python environment with `packages` in Formwork's cache, named after the first of them. */
export function pythonEnvironment(packages, overrides) {
  const path = join(cacheFolder(), "python", packages[0].replace("==", "-"));
  return preparedFolder(path, async (draft) => {
    const override = `${draft}.override`;
    try {
      writeFileSync(override, `${overrides.join("\n")}\n`);
      run("uv", ["venv", "--relocatable", draft]);
      run("uv", [
        ...["pip", "install", "--python", join(draft, "bin", "python")],
        ...["--override", override, ...packages],
      ]);
    } finally {
      rmSync(override, { force: true });
    }
  });
}

/** The model as a Hugging Face folder in Formwork's cache. */
export function huggingFaceFolder(python, { id, path }) {
  return preparedFolder(join(cacheFolder(), "huggingface", id), async (draft) =>
    run(python, [join(import.meta.dirname, "gguf_to_huggingface.py"), path, draft]),
  );
}

/** The same model with the tokens `<think>` and `</think>` in place of two that it never generates. */
export function reasoningFolder(folder) {
  return preparedFolder(`${folder}-reasoning`, async (draft) => {
    for (const name of readdirSync(folder)) {
      if (name === "tokenizer.json") continue;
      symlinkSync(join(folder, name), join(draft, name));
    }
    const tokenizer = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8"));
    for (const [id, content] of Object.entries(REASONING_TOKENS)) {
      const token = tokenizer.added_tokens.find((one) => one.id === Number(id));
      delete tokenizer.model.vocab[token.content];
      tokenizer.model.vocab[content] = token.id;
      Object.assign(token, { content, special: false });
    }
    writeFileSync(join(draft, "tokenizer.json"), JSON.stringify(tokenizer));
  });
}

/** Runs the server until it exits or Ctrl-C stops it; reports when it is ready. */
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
