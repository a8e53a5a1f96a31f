import { expect, test } from "vitest";
import { endOfLife } from "./endOfLife.js";

const V8_FATAL = `

#
# Fatal error in , line 0
# Fatal invalid size error 169220804
#
#
#
#FailureMessage Object: 0x7ffd9
----- Native stack trace -----

 1: 0x1063fe7  [node]`;

const OUT_OF_MEMORY = `
<--- Last few GCs --->

[25:0x6]    22 ms: Mark-Compact 4094.0 (4102.0)

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----`;

const THROWN = `/srv/dist/engine.js:12
    throw new TypeError("x is not a function");
    ^

TypeError: x is not a function
    at file:///srv/dist/engine.js:12:9`;

const CUDA_ABORT = `load_tensors: offloaded 31/31 layers to GPU
ggml_cuda_compute_forward: RMS_NORM failed
CUDA error: the provided PTX was compiled with an unsupported toolchain.
  current device: 0, in function ggml_cuda_compute_forward at ggml/src/ggml-cuda/ggml-cuda.cu:2716
ggml/src/ggml-cuda/ggml-cuda.cu:98: CUDA error`;

test.each([
  [
    { code: null, signal: "SIGTRAP", stderr: V8_FATAL },
    "it aborted (SIGTRAP): Fatal invalid size error 169220804",
  ],
  [
    { code: null, signal: "SIGABRT", stderr: OUT_OF_MEMORY },
    "it aborted (SIGABRT): FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
  ],
  [{ code: 1, signal: null, stderr: THROWN }, "it exited with code 1: TypeError: x is not a function"],
  [
    { code: null, signal: "SIGKILL", stderr: "" },
    "the system killed it, as it does where memory is short (SIGKILL)",
  ],
  [
    { code: null, signal: "SIGABRT", stderr: CUDA_ABORT },
    "it aborted (SIGABRT): CUDA error: the provided PTX was compiled with an unsupported toolchain.",
  ],
  [{ code: 3, signal: null, stderr: "\n#\n" }, "it exited with code 3"],
] as const)("an end is described with its cause %#", (end, text) => {
  expect(endOfLife(end)).toBe(text);
});
