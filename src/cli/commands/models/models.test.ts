import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registry } from "../../registry.js";
import { run } from "../../testing/terminal.js";

let empty: string;
beforeAll(() => {
  empty = mkdtempSync(join(tmpdir(), "formwork-models-"));
});
afterAll(() => rmSync(empty, { recursive: true }));

test("models list names the default and says what is not there", async () => {
  const { stdout, exitCode } = await run(["models", "list", "--cache", empty], registry);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^smollm2-135m-instruct-q4_1 \(default\) +98\.4 MB +Apache-2\.0 +not fetched$/m);
});

test("models list --json is one line", async () => {
  const { stdout } = await run(["models", "list", "--json"], registry, {
    environment: { FORMWORK_CACHE: empty },
  });
  expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  expect(JSON.parse(stdout)).toContainEqual(
    expect.objectContaining({ id: "smollm2-135m-instruct-q4_1", default: true, cachedPath: null }),
  );
});

test("models path fails with the way out where nothing is fetched", async () => {
  const { stdout, stderr, exitCode } = await run(["models", "path", "--cache", empty], registry);
  expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
  expect(stderr).toContain("formwork models pull smollm2-135m-instruct-q4_1");
});

test("a model nobody knows is wrong use", async () => {
  for (const words of [
    ["models", "path", "gpt-0"],
    ["models", "pull", "gpt-0"],
  ]) {
    const { stderr, exitCode } = await run([...words, "--cache", empty], registry);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("gpt-0");
  }
});

test("the cache of the configuration file is relative to the file", async () => {
  writeFileSync(join(empty, "formwork.config.json"), JSON.stringify({ cache: "sub" }));
  const { stderr } = await run(["models", "path"], registry, { workingFolder: empty });
  expect(stderr).toContain("not fetched yet");
});
