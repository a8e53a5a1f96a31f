import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { cacheFolder } from "../../../system/index.js";
import { benchImage, imageText } from "./bench.js";
import { REQUIREMENT_SETS, SIDES } from "./sets.js";
import { settle } from "./settle.js";

// Environments are made and removed: seconds on an idle machine, more on a busy one.
vi.setConfig({ testTimeout: 180_000 });

/** Names that a requirements file asks for. */
const names = (file: string) =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => /^\w/.test(line))
    .map((line) => /^[\w.-]+/.exec(line)![0].toLowerCase());

test.each(Object.values(REQUIREMENT_SETS))(
  "$name: the lock pins every package and holds all that is asked for",
  (set) => {
    const lines = readFileSync(set.lock, "utf8").trim().split("\n");
    for (const line of lines) expect(line).toMatch(/^[a-z0-9._-]+==\S+$/);
    expect(names(set.lock)).toEqual(expect.arrayContaining(names(set.requirements)));
  },
);

test("the small set holds nothing of PyTorch and CUDA", () => {
  expect(
    names(REQUIREMENT_SETS.small.lock).filter((name) => /^(torch|nvidia|cuda|triton)/.test(name)),
  ).toEqual([]);
});

test("every side installs a set of one package from nothing, and nothing is left behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "formwork-image-test-"));
  vi.stubEnv("TMPDIR", folder);
  try {
    writeFileSync(join(folder, "in"), "six\n");
    writeFileSync(join(folder, "lock"), "six==1.17.0\n");
    const python = /\d+\.\d+/.exec(execFileSync("python3", ["--version"], { encoding: "utf8" }))![0];
    const said: string[] = [];
    const result = await benchImage({
      set: {
        ...{
          name: "one",
          description: "one package",
          requirements: join(folder, "in"),
          lock: join(folder, "lock"),
        },
        ...{ python, sides: SIDES, runs: 2, diskGiB: 0.1, fillsMemory: false },
      },
      python: execFileSync("python3", ["-c", "import sys; print(sys.executable)"], {
        encoding: "utf8",
      }).trim(),
      cacheFolder: cacheFolder(),
      onProgress: (text) => said.push(text),
    });
    expect(result).toMatchObject({ bench: "image", set: "one", packages: 1, reached: expect.any(Boolean) });
    expect(Object.keys(result.sides)).toEqual([...SIDES]);
    for (const side of Object.values(result.sides)) expect(side.seconds).toHaveLength(2);
    const { "uv / pip": ratio } = result.ratios;
    expect(ratio! * result.times_faster["uv / pip"]!).toBeCloseTo(1, 2);
    expect(imageText(result)).toContain("uv / pip: at least 6.9 times faster");
    // The second round goes the other way round.
    const runs = said.filter((text) => text.includes("run "));
    expect(runs[0]).toBe("pip, run 1 of 2");
    expect(runs[SIDES.length]).toBe("uv, bytecode, run 2 of 2");
    expect(readdirSync(folder).sort()).toEqual(["in", "lock"]);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("settling leaves nothing but released pages behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "formwork-settle-"));
  try {
    await (await settle(folder, 0))();
    expect(readdirSync(folder)).toEqual([]);
    const release = await settle(folder, 64 << 20);
    const [name] = readdirSync(folder);
    // Pages of a file that takes no place on the disk.
    expect(statSync(join(folder, name!)).blocks).toBe(0);
    await release();
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a Python that the lock was not made for is refused", async () => {
  const python = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], {
    encoding: "utf8",
  }).trim();
  const set = { ...REQUIREMENT_SETS.small, python: "3.99" };
  await expect(benchImage({ set, python, cacheFolder: cacheFolder() })).rejects.toThrow(
    /made for Python 3\.99/,
  );
});
