import { describe, expect, it } from "vitest";
import type { LibraryBuild, LibraryDevice } from "./build.js";
import { type Attempt, chooseBuild, type Machine } from "./choose.js";
import { refusalOf } from "./cudaCode.js";
import type { CudaDriver } from "./cudaDriver.js";
import { PREBUILT_CODE } from "./prebuilt.js";

const CARD: LibraryDevice = {
  name: "CUDA0",
  description: "a card",
  isIntegrated: false,
  freeBytes: 1e9,
  totalBytes: 2e9,
};

function build(name: string, accelerator: LibraryBuild["accelerator"] = "cpu"): LibraryBuild {
  const libraries = { origin: name, folder: "", llama: "", ggml: "" };
  return { ...libraries, name, accelerator, backend: accelerator === "cpu" ? null : name };
}

const ALL = [
  build("cuda", "cuda"),
  build("cuda-ext", "cuda"),
  build("vulkan", "vulkan"),
  build("cpu"),
] as const;

interface FakeMachine {
  builds?: readonly LibraryBuild[];
  driver?: CudaDriver;
  /** Builds that abort when they are run, with what they write. */
  aborting?: Readonly<Record<string, string>>;
}

/** A machine with every prebuilt build, whose driver and whose builds do as told; remembers what was run. */
function machineOf({ builds = ALL, driver, aborting = {} }: FakeMachine): Machine & { run: string[] } {
  const run: string[] = [];
  return {
    run,
    builds: async () => builds,
    objection: ({ name, accelerator }) => {
      if (accelerator !== "cuda") return null;
      if (driver === undefined) return "there is no NVIDIA driver";
      return refusalOf(PREBUILT_CODE[name as keyof typeof PREBUILT_CODE], driver);
    },
    prove: async ({ name }) => {
      run.push(name);
      const words = aborting[name];
      if (words === undefined) return { devices: [CARD], failure: null, log: [] };
      return { devices: [], failure: "it aborted (SIGABRT)", log: [words] };
    },
  };
}

const h200: CudaDriver = { version: 13000, devices: [{ name: "NVIDIA H200", capability: 90, bytes: 141e9 }] };

describe("the choice of a build", () => {
  it("passes over what the driver cannot run, without running it", async () => {
    const machine = machineOf({ driver: h200 });
    const failures: Attempt[] = [];
    const chosen = await chooseBuild("auto", (failed) => failures.push(failed), machine);
    expect(chosen).toMatchObject({ build: { name: "cuda-ext" }, devices: [CARD] });
    expect(machine.run).toEqual(["cuda-ext"]);
    expect(failures).toMatchObject([{ build: { name: "cuda" }, isTried: false }]);
    expect(failures[0].failure).toContain("PTX of CUDA 13.1");
  });

  it("goes on to the next where a build aborts, and keeps the library's words", async () => {
    const words = "CUDA error: the provided PTX was compiled with an unsupported toolchain.";
    const machine = machineOf({
      driver: { ...h200, version: 13020 },
      aborting: { cuda: words, "cuda-ext": "CUDA error: out of memory" },
    });
    const { build: found, attempts } = await chooseBuild("auto", undefined, machine);
    expect(found.name).toBe("vulkan");
    expect(machine.run).toEqual(["cuda", "cuda-ext", "vulkan"]);
    expect(attempts[0]).toMatchObject({ failure: "it aborted (SIGABRT)", log: [words], isTried: true });
  });

  it("ends at the processor, which needs no proof", async () => {
    const machine = machineOf({ aborting: { vulkan: "no device" } });
    expect(await chooseBuild("auto", undefined, machine)).toMatchObject({
      build: { name: "cpu" },
      devices: [],
    });
    expect(machine.run).toEqual(["vulkan"]);
    const bare = machineOf({ builds: ALL.slice(-1), driver: h200 });
    expect((await chooseBuild("auto", undefined, bare)).build.name).toBe("cpu");
    expect(bare.run).toEqual([]);
  });

  it("takes the kind that was asked for or none, with the reasons", async () => {
    const machine = machineOf({
      driver: { ...h200, version: 13010 },
      aborting: { cuda: "CUDA error: bad", "cuda-ext": "x" },
    });
    expect((await chooseBuild("cpu", undefined, machine)).build.name).toBe("cpu");
    expect((await chooseBuild("vulkan", undefined, machine)).build.name).toBe("vulkan");
    await expect(chooseBuild("cuda", undefined, machine)).rejects.toMatchObject({
      code: "model_unavailable",
      message:
        "No build of llama.cpp for cuda works here. cuda: it aborted (SIGABRT) (CUDA error: bad). " +
        "cuda-ext: it aborted (SIGABRT). `formwork doctor` shows what this machine has and what to install.",
    });
  });

  it("says what to install where nothing of that kind is there", async () => {
    const bare = machineOf({ builds: ALL.slice(-1) });
    const [foreign, own] = process.platform === "darwin" ? ["cuda", "metal"] : ["metal", "cuda"];
    await expect(chooseBuild(foreign as "cuda", undefined, bare)).rejects.toThrow(
      new RegExp(`no prebuilt llama\\.cpp for .* with ${foreign}`),
    );
    if (process.platform === "linux" && process.arch === "x64") {
      await expect(chooseBuild(own as "cuda", undefined, bare)).rejects.toThrow(
        /npm install @node-llama-cpp\/linux-x64-cuda@/,
      );
    }
  });
});
