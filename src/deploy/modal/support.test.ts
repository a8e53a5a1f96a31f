import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { smallPackage } from "../testing/smallPackage.js";
import { modalSettings } from "./settings.js";
import { prepareSupport } from "./support.js";

let folder: string;
let packageFolder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-support-"));
  packageFolder = smallPackage();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  rmSync(packageFolder, { recursive: true });
});

const node = (...path: string[]) => join(folder, ".formwork", "node", ...path);
const prepare = () => prepareSupport(folder, modalSettings({ engine: "sglang" }), { packageFolder });

test("the lock and Formwork with its own lock lie beside the app file; unchanged ones are not touched", async () => {
  await prepare();
  expect(readFileSync(join(folder, ".formwork", "sglang.lock"), "utf8")).toMatch(/^sglang==\d/m);
  const [tarball, ...others] = readdirSync(node()).sort();
  expect(tarball).toMatch(/^formwork-9\.9\.9-[0-9a-f]{12}\.tgz$/);
  expect(others).toEqual(["package-lock.json", "package.json"]);
  expect(JSON.parse(readFileSync(node("package.json"), "utf8"))).toMatchObject({
    dependencies: { formwork: `file:${tarball}` },
  });
  const lock = readFileSync(node("package-lock.json"), "utf8");
  expect(lock).toContain('"node_modules/formwork"');
  const written = statSync(node("package-lock.json")).mtimeMs;

  await prepare();
  expect(statSync(node("package-lock.json")).mtimeMs).toBe(written);

  writeFileSync(join(packageFolder, "dist", "cli", "main.js"), "console.log('changed')\n");
  writeFileSync(node("formwork-0.0.1.tgz"), "of an older version");
  await prepare();
  expect(readFileSync(node("package-lock.json"), "utf8")).not.toBe(lock);
  expect(readdirSync(node()).filter((name) => name.endsWith(".tgz"))).toHaveLength(1);
  expect(readdirSync(node())).not.toContain(tarball);
});

test("a package that is not built is refused", async () => {
  rmSync(join(packageFolder, "dist"), { recursive: true });
  await expect(prepare()).rejects.toThrow(/npm run build/);
});
