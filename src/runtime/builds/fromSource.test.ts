import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { CudaDriver } from "./cudaDriver.js";
import { architecturesOf, type BuildOptions, buildFromSource } from "./fromSource.js";
import { findBuilds, ownBuildsFolder } from "./installed.js";

const h200: CudaDriver = { version: 13000, devices: [{ name: "NVIDIA H200", capability: 90, bytes: 141e9 }] };

describe("architectures", () => {
  it("are those of the driver's GPUs, each once", () => {
    const devices = [89, 90, 89, 120].map((capability) => ({ name: "", capability, bytes: 0 }));
    expect(architecturesOf({ version: 13000, devices })).toBe("120a-real;89-real;90a-real");
    expect(() => architecturesOf({ missing: "no driver" })).toThrow(/--architectures/);
  });
});

// Programs that stand in for the tools are shell scripts.
describe.skipIf(process.platform === "win32")("a build from source (skipped on Windows)", () => {
  let folder: string;
  let tools: string;

  /** Puts a program of that name among the tools. */
  function tool(name: string, script: string): string {
    const path = join(tools, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "formwork-source-"));
    vi.stubEnv("FORMWORK_CACHE", join(folder, "cache"));
    tools = join(folder, "tools");
    mkdirSync(tools);
    tool("nvcc", 'echo "Cuda compilation tools, release 13.0, V13.0.88"');
    // Notes what it is called with; building leaves the file that the target would.
    tool(
      "cmake",
      `[ "$1" = --version ] && exit 0
       for word; do echo "$word"; done >> ${join(folder, "calls")}
       if [ "$1" = --build ]; then mkdir -p "$2/bin"; echo backend > "$2/bin/lib$6.so"; fi
       if [ "$CMAKE_FAILS" = yes ]; then echo "no CUDA here" >&2; exit 3; fi`,
    );
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  const build = (options: Partial<BuildOptions> = {}, environment: NodeJS.ProcessEnv = {}) =>
    buildFromSource({
      accelerator: "cuda",
      sources: "/sources",
      jobs: 3,
      driver: h200,
      environment: {
        ...process.env,
        CUDACXX: join(tools, "nvcc"),
        PATH: `${tools}${delimiter}${process.env.PATH}`,
        ...environment,
      },
      ...options,
    });

  it("leaves nothing where a tool fails, and says what that printed", async () => {
    await expect(build({}, { CMAKE_FAILS: "yes" })).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(/^cmake -S failed with exit code 3:\nno CUDA here$/),
    });
    expect((await findBuilds()).map(({ accelerator }) => accelerator)).not.toContain("cuda");
    rmSync(join(folder, "calls"));
  });

  it("compiles the backend alone for the driver's GPU, once, and is what the engine would take", async () => {
    const made = await build();
    const name = "cuda-90a-real-13.0";
    expect(made).toMatchObject({ name, accelerator: "cuda", origin: join(ownBuildsFolder(), name) });
    expect(readFileSync(made.backend!, "utf8")).toBe("backend\n");
    expect((await findBuilds())[0]).toEqual(made);
    const calls = readFileSync(join(folder, "calls"), "utf8").split("\n");
    expect(calls).toEqual(
      expect.arrayContaining([
        "/sources/ggml",
        "-DGGML_CUDA=ON",
        "-DGGML_BACKEND_DL=ON",
        "-DBUILD_SHARED_LIBS=ON",
        "-DGGML_NATIVE=OFF",
        "-DGGML_CUDA_NCCL=OFF",
        "-DCMAKE_CUDA_ARCHITECTURES=90a-real",
        `-DCMAKE_CUDA_COMPILER=${join(tools, "nvcc")}`,
        "ggml-cuda",
        "3",
      ]),
    );
    await build();
    expect(readFileSync(join(folder, "calls"), "utf8").split("\n")).toEqual(calls);
  });

  it("asks for a toolkit that the driver can run", async () => {
    await expect(build({ driver: { ...h200, version: 12080 } })).rejects.toThrow(
      /nvcc is of CUDA 13\.0, and the driver runs CUDA 12\.8/,
    );
    await expect(build({ driver: { missing: "none" } })).rejects.toThrow(/Name its architecture/);
  });

  it("names the tool that is missing", async () => {
    await expect(build({}, { PATH: folder })).rejects.toThrow(/There is no program cmake here/);
  });
});
