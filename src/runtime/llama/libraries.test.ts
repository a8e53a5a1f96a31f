import { describe, expect, it } from "vitest";
import { PLATFORM_PACKAGE_VERSION } from "./abi.js";
import { candidates, findBuilds } from "./libraries.js";

describe("the libraries", () => {
  it("are looked for with the fastest build first", () => {
    const names = (platform: NodeJS.Platform, architecture: string): string[] =>
      candidates(platform, architecture).map((candidate) => candidate.packageName);
    expect(names("linux", "x64")).toEqual([
      "@node-llama-cpp/linux-x64-cuda",
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

  it("are found in the installed package, the ones of llama and not those beside them", async () => {
    const builds = await findBuilds("auto");
    expect(builds.length).toBeGreaterThan(0);
    for (const build of builds) {
      expect(build.llama).toMatch(/llama(?!-common)[\w.]*\.(so|dylib|dll)$/);
      expect(build.ggml).toMatch(/ggml(?!-base|-cpu)[\w.]*\.(so|dylib|dll)$/);
    }
  });

  it("are asked for by name where they are missing", async () => {
    const foreign = process.platform === "darwin" ? "cuda" : "metal";
    await expect(findBuilds(foreign)).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(new RegExp(`no prebuilt llama\\.cpp for .* with ${foreign}`)),
    });
    expect(PLATFORM_PACKAGE_VERSION).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
