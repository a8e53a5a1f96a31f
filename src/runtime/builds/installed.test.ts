import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { BUILD_RECORD, findBuilds, installCommand, ownBuildsFolder, platformPackages } from "./installed.js";

describe("platform packages", () => {
  it("are looked for with the fastest build first", () => {
    const names = (platform: NodeJS.Platform, architecture: string): string[] =>
      platformPackages(platform, architecture).map((candidate) => candidate.packageName);
    expect(names("linux", "x64")).toEqual([
      "@node-llama-cpp/linux-x64-cuda",
      "@node-llama-cpp/linux-x64-cuda-ext",
      "@node-llama-cpp/linux-x64-vulkan",
      "@node-llama-cpp/linux-x64",
    ]);
    expect(names("linux", "arm64")).toEqual(["@node-llama-cpp/linux-arm64"]);
    expect(names("darwin", "arm64")).toEqual(["@node-llama-cpp/mac-arm64-metal"]);
    expect(names("darwin", "x64")).toEqual(["@node-llama-cpp/mac-x64"]);
    expect(names("win32", "x64").at(-1)).toBe("@node-llama-cpp/win-x64");
    expect(names("freebsd", "x64")).toEqual([]);
    expect(names("linux", "riscv64")).toEqual([]);
  });

  it("are installed in the version that the binding is written for", () => {
    expect(installCommand("a", "b")).toMatch(/^npm install a@\d+\.\d+\.\d+ b@\d+\.\d+\.\d+$/);
  });
});

describe("builds", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("are found in the installed packages, the libraries of llama and not those beside them", async () => {
    const builds = await findBuilds();
    expect(builds.at(-1)).toMatchObject({ name: "cpu", accelerator: "cpu", backend: null });
    for (const build of builds) {
      expect(build.llama).toMatch(/llama(?!-common)[\w.]*\.(so|dylib|dll)$/);
      expect(build.ggml).toMatch(/ggml(?!-base|-cpu)[\w.]*\.(so|dylib|dll)$/);
    }
  });

  it("made on this machine come before those of packages of their kind, once they are whole", async () => {
    const cache = mkdtempSync(join(tmpdir(), "formwork-builds-"));
    vi.stubEnv("FORMWORK_CACHE", cache);
    try {
      const folder = join(ownBuildsFolder(), "cuda-90a");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "libggml-cuda.so"), "");
      const unfinished = await findBuilds();
      expect(unfinished.map(({ name }) => name)).not.toContain("cuda-90a");
      writeFileSync(join(folder, BUILD_RECORD), JSON.stringify({ accelerator: "cuda", version: "0.0.0" }));
      const [first, ...others] = await findBuilds();
      expect(first).toMatchObject({ name: "cuda-90a", accelerator: "cuda", origin: folder });
      expect(dirname(first.backend!)).toBe(folder);
      expect(others).toEqual(unfinished);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });
});
