import koffi, { type LibraryHandle } from "koffi";
import { beforeAll, describe, expect, it } from "vitest";
import type { LibraryBuild } from "../builds/build.js";
import { chooseBuild } from "../builds/choose.js";
import { checkAbi, contextParamsType, modelParamsType } from "./abi.js";
import { nativeLlama } from "./native.js";

let build: LibraryBuild;
let real: LibraryHandle;

beforeAll(async () => {
  ({ build } = await chooseBuild("cpu"));
  real = koffi.load(build.llama);
});

/** The real library, but the functions named in `replaced` answer differently. */
function changed(replaced: Record<string, (...parameters: unknown[]) => unknown>): LibraryHandle {
  return {
    ...real,
    func: (name: string, ...rest: [never, never]) => replaced[name] ?? real.func(name, ...rest),
  } as unknown as LibraryHandle;
}

describe("the check at load", () => {
  it("passes the libraries this binding is written for", () => {
    expect(() => checkAbi(real)).not.toThrow();
    expect(koffi.sizeof(modelParamsType)).toBe(80);
    expect(koffi.sizeof(contextParamsType)).toBe(160);
  });

  it("refuses another version, another default and another size, by name", () => {
    const refused = (library: LibraryHandle, reason: RegExp): void =>
      expect(() => checkAbi(library)).toThrow(
        expect.objectContaining({ code: "model_unavailable", message: expect.stringMatching(reason) }),
      );
    refused(changed({ llama_version: () => "0.5.0" }), /llama\.cpp 0\.5\.0, not 0\.4\.0.*@node-llama-cpp/);
    const defaults = real.func("llama_context_default_params", contextParamsType, [])();
    refused(
      changed({
        llama_context_default_params: (buffer) =>
          buffer instanceof Uint8Array ? buffer.fill(0, 0, 160) : { ...defaults, n_ubatch: 7 },
      }),
      /llama_context_params\.n_ubatch is 7 by default, 512 was expected/,
    );
    if (process.arch === "x64") {
      refused(
        changed({ llama_model_default_params: (buffer) => (buffer as Uint8Array).fill(0, 0, 88) }),
        /llama_model_default_params writes 88 bytes, at most 80 were expected/,
      );
    }
  });

  it("refuses a library without the functions it needs, by name", () => {
    const wrong: LibraryBuild = {
      ...build,
      llama: build.llama,
      ggml: build.ggml.replace(/ggml(\.[\w.]+)?(\.\w+)$/, "ggml-base$2"),
    };
    expect(() => nativeLlama({ ...wrong, llama: build.ggml })).toThrow(
      expect.objectContaining({
        code: "model_unavailable",
        message: expect.stringMatching(/has no function llama_/),
      }),
    );
    expect(() => nativeLlama({ ...wrong, llama: `${build.llama}.absent` })).toThrow(/could not be loaded/);
  });
});
