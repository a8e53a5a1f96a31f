import { expect, test } from "vitest";
import { registry } from "../../registry.js";
import { run } from "../../testing/terminal.js";

test("doctor names the build that the engine takes, and what there is besides", async () => {
  const { stdout, exitCode } = await run(["doctor"], registry);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^machine {3}\w+-\w+$/m);
  expect(stdout).toMatch(/^driver {4}/m);
  expect(stdout).toMatch(/^build {5}cpu: for the processor$/m);
  expect(stdout).toMatch(/^engine {4}\S+$/m);
});

test("doctor --json has the same for programs, and fails where what was asked for does not work", async () => {
  const foreign = process.platform === "darwin" ? "vulkan" : "metal";
  const { stdout, exitCode } = await run(["doctor", "--json", "--accelerator", foreign], registry);
  expect(exitCode).toBe(1);
  const found = JSON.parse(stdout);
  expect(found).toMatchObject({ platform: `${process.platform}-${process.arch}`, chosen: null });
  expect(found.attempts.at(-1)).toMatchObject({ build: { name: "cpu" }, failure: null });
});

test("engine build takes no backend that it does not know", async () => {
  const { stderr, exitCode } = await run(["engine", "build", "--backend", "abacus"], registry);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("cuda, vulkan");
});
