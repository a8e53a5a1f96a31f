import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL("../../python", import.meta.url));
const python = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]);

/** Runs one file of python/tests, which drives real children of `dist/plugin/main.js`. */
function unittest(module: string) {
  return spawnSync("python3", ["-W", "ignore::ResourceWarning", "-m", "unittest", `tests.${module}`], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  });
}

describe.skipIf(python.status !== 0)(
  "the Python side (skipped where python3 3.10 or later is missing)",
  () => {
    for (const module of [
      "test_entry",
      "test_signatures",
      "test_metrics",
      "test_pool",
      "test_vllm",
      "test_sglang",
      "test_sglang_ranks",
    ]) {
      it(`passes ${module}`, { timeout: 240_000 }, () => {
        const { status, stderr } = unittest(module);
        expect(stderr).toMatch(/Ran \d+ tests/);
        expect(status, stderr).toBe(0);
      });
    }
  },
);
