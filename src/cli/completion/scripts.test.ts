import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registry } from "../registry.js";
import { run } from "../testing/terminal.js";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "formwork-completion-"));
  const { stdout } = await run(["completion", "bash"], registry);
  writeFileSync(join(folder, "formwork.bash"), stdout);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a real bash offers after `words`, the last of which is being written. */
function offered(...words: string[]): string[] {
  const list = ["formwork", ...words].map((word) => `'${word}'`).join(" ");
  const script = `source ./formwork.bash; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _formwork; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

test("bash offers commands, commands of a group, flags, values and files", () => {
  expect(offered("")).toEqual(expect.arrayContaining(["generate", "check", "serve", "models"]));
  expect(offered("gen")).toEqual(["generate"]);
  expect(offered("models", "")).toEqual(expect.arrayContaining(["list", "pull", "path"]));
  expect(offered("generate", "--max-t")).toEqual(["--max-tokens"]);
  expect(offered("generate", "--prompt", "x", "--temp")).toEqual(["--temperature"]);
  expect(offered("models", "list", "--j")).toEqual(["--json"]);
  expect(offered("serve", "--log-level", "")).toEqual(["debug", "info", "warn", "error", "silent"]);
  expect(offered("generate", "--schema", "form")).toEqual(["formwork.bash"]);
});

test("fish and zsh get a line or a word for each flag", async () => {
  const fish = (await run(["completion", "fish"], registry)).stdout;
  expect(fish).toMatch(
    /^complete -c formwork .*__fish_seen_subcommand_from serve.* -l log-level -x -a 'debug info/m,
  );
  expect(fish).toMatch(/^complete -c formwork .* -f -a generate -d 'Write one JSON document/m);
  const zsh = (await run(["completion", "zsh"], registry)).stdout;
  expect(zsh.startsWith("#compdef formwork\n")).toBe(true);
  expect(zsh).toContain("--max-tokens");
});

test("another shell is wrong use", async () => {
  for (const shell of ["tcsh", "toString"]) {
    expect((await run(["completion", shell], registry)).exitCode).toBe(2);
  }
  expect((await run(["completion"], registry)).exitCode).toBe(2);
});
