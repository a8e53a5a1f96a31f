import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResolvedModel } from "./resolve.js";
import { sendFile, startServer } from "./testing/hubServer.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const NAME = "hf:a/b/small.gguf";

let folder: string;

/** Other processes run plain JavaScript, so this folder is compiled for them. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "formwork-processes-"));
  await run(process.execPath, [
    join(root, "node_modules", "typescript", "bin", "tsc"),
    ...["--outDir", join(folder, "built"), "--rootDir", join(root, "src"), "--module", "nodenext"],
    ...[
      "--target",
      "es2023",
      "--skipLibCheck",
      "--types",
      "node",
      "--typeRoots",
      join(root, "node_modules", "@types"),
    ],
    ...["--ignoreConfig", join(root, "src", "models", "index.ts")],
  ]);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "pull.js"),
    `import { pullModel } from "./built/models/index.js";
     const stages = [];
     const model = await pullModel(process.argv[2], { onProgress: ({ stage }) => stages.push(stage) });
     console.log(JSON.stringify({ ...model, stages }));`,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pull(cache: string, endpoint: string) {
  return run(process.execPath, [join(folder, "pull.js"), NAME], {
    env: { ...process.env, FORMWORK_CACHE: cache, HF_ENDPOINT: endpoint },
  });
}

describe("several processes that want one model", () => {
  it("download it once and all get it whole", async () => {
    const file = randomBytes(400_000);
    const server = await startServer((request, response) => {
      setTimeout(() => sendFile(request, response, file), 700);
    });
    const cache = join(folder, "cache");
    try {
      const answers = await Promise.all([1, 2, 3].map(() => pull(cache, server.url)));
      const models = answers.map(({ stdout }) => JSON.parse(stdout) as ResolvedModel & { stages: string[] });
      expect(server.requests).toHaveLength(1);
      expect(models.map((model) => model.from).sort()).toEqual(["cache", "cache", "hub"]);
      for (const model of models) expect(readFileSync(model.path).equals(file)).toBe(true);
      expect(readdirSync(dirname(models[0].path)).sort()).toEqual(["small.gguf", "small.gguf.json"]);
    } finally {
      await server.close();
    }
  });

  it("go on with what a killed one left behind", async () => {
    const file = randomBytes(400_000);
    const cache = join(folder, "cache-killed");
    let kill = (): void => undefined;
    const server = await startServer((request, response) => {
      if (request.headers.range !== undefined) return sendFile(request, response, file);
      response.writeHead(200, { "content-length": file.length });
      response.write(file.subarray(0, 150_000), () => setTimeout(() => kill(), 300));
    });
    try {
      const controller = new AbortController();
      kill = () => controller.abort();
      const first = run(process.execPath, [join(folder, "pull.js"), NAME], {
        env: { ...process.env, FORMWORK_CACHE: cache, HF_ENDPOINT: server.url },
        signal: controller.signal,
        killSignal: "SIGKILL",
      });
      await expect(first).rejects.toThrow();
      const left = readdirSync(join(cache, "models", "hf--a--b--small.gguf")).sort();
      expect(left).toEqual(["small.gguf.lock", "small.gguf.partial"]);
      const whole = await startServer((request, response) => sendFile(request, response, file));
      try {
        const { stdout } = await pull(cache, whole.url);
        const model = JSON.parse(stdout) as ResolvedModel;
        expect(readFileSync(model.path).equals(file)).toBe(true);
        expect(whole.requests[0].headers.range).toMatch(/^bytes=[1-9]/);
      } finally {
        await whole.close();
      }
    } finally {
      await server.close();
    }
  });
});
