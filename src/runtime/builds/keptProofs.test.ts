import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { LibraryBuild } from "./build.js";
import { KeptProofs } from "./keptProofs.js";

const home = mkdtempSync(join(tmpdir(), "formwork-proofs-"));
afterAll(() => rmSync(home, { recursive: true }));

const fileNamed = (name: string) => {
  const path = join(home, name);
  writeFileSync(path, name);
  return path;
};
const cuda: LibraryBuild = {
  name: "cuda",
  accelerator: "cuda",
  origin: "a package",
  folder: home,
  llama: fileNamed("libllama.so"),
  ggml: fileNamed("libggml.so"),
  backend: fileNamed("libggml-cuda.so"),
};

let driver: unknown;
let proofs: KeptProofs;
beforeEach(() => {
  driver = { version: 13010, devices: [{ name: "a card", capability: 90, bytes: 1 }] };
  proofs = new KeptProofs(mkdtempSync(join(home, "kept-")), () => driver);
});

test("a build that computed is trusted once, until it has computed again", () => {
  expect(proofs.take(cuda)).toBe(false);
  proofs.keep(cuda);
  expect(proofs.take(cuda)).toBe(true);
  // Had it ended its process meanwhile, this is where the next one finds out.
  expect(proofs.take(cuda)).toBe(false);
  proofs.keep(cuda);
  expect(proofs.take(cuda)).toBe(true);
});

test("another driver, other devices, other files or another build are proven again", () => {
  const known = driver;
  proofs.keep(cuda);
  driver = { version: 13020, devices: [{ name: "a card", capability: 90, bytes: 1 }] };
  expect(proofs.take(cuda)).toBe(false);
  driver = { version: 13010, devices: [{ name: "another card", capability: 89, bytes: 1 }] };
  expect(proofs.take(cuda)).toBe(false);
  driver = known;
  expect(proofs.take({ ...cuda, name: "cuda-ext" })).toBe(false);
  utimesSync(cuda.backend!, 1, 1);
  expect(proofs.take(cuda)).toBe(false);
});

test("nothing is kept where the driver does not say what it is, or where there is none", () => {
  driver = undefined;
  proofs.keep(cuda);
  expect(proofs.take(cuda)).toBe(false);
  const processor: LibraryBuild = { ...cuda, name: "cpu", accelerator: "cpu", backend: null };
  driver = "a driver";
  proofs.keep(processor);
  expect(proofs.take(processor)).toBe(false);
});

test("a folder that cannot be written keeps nothing and fails nobody", () => {
  const unwritable = new KeptProofs(join(cuda.llama, "below a file"), () => driver);
  unwritable.keep(cuda);
  expect(unwritable.take(cuda)).toBe(false);
});
