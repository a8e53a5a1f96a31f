import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type FakeModal, MODAL_VERSIONS, startFakeModal } from "../../../deploy/testing/fakeModal.js";
import { registry } from "../../registry.js";
import { run } from "../../testing/terminal.js";

// A dozen processes of Modal's package: seconds on an idle machine, more on a busy one.
vi.setConfig({ testTimeout: 300_000 });

let workingFolder: string;
let fake: FakeModal;

beforeAll(async () => {
  workingFolder = mkdtempSync(join(tmpdir(), "formwork-deploy-cli-"));
  fake = await startFakeModal(MODAL_VERSIONS.at(-1)!);
  for (const [name, value] of Object.entries(fake.modal.variables!)) vi.stubEnv(name, value);
  // The model's size is asked of a hub that is not there.
  vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9");
});
afterAll(() => {
  vi.unstubAllEnvs();
  fake.close();
  rmSync(workingFolder, { recursive: true, force: true });
});
beforeEach(() => void fake.calls.splice(0));

const formwork = (words: string[], environment: Record<string, string> = {}) =>
  run(words, registry, { workingFolder, environment });
const requests = (call: string) =>
  fake.calls.filter((one) => one.call === call).map(({ request }) => request);
const configure = (modal: object) =>
  writeFileSync(join(workingFolder, "formwork.config.json"), JSON.stringify({ modal }));

// One project, used from the first rehearsal to the end: the tests build on each other as its owner's days do.
describe("a project on Modal", () => {
  test("is rehearsed first: the file is written and checked, nothing is sent", {
    timeout: 120_000,
  }, async () => {
    configure({
      gpu: ["L40S", "A100"],
      secrets: { huggingface: ["HF_TOKEN"] },
      volumes: { models: "weights" },
    });
    const { exitCode, stdout, stderr } = await formwork(["deploy", "modal", "--dry-run"]);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining("modal_app.py: new"),
    });
    expect(stdout).toMatch(/registers Inference, download, health as formwork/);
    expect(stdout).toContain("$1.95 an hour for each container on L40S");
    expect(stdout).toContain("Nothing was deployed");
    expect(fake.calls).toEqual([]);
    const app = readFileSync(join(workingFolder, "modal_app.py"), "utf8");
    expect(app).toContain('GPU = ["L40S", "A100"]');
    expect(app).toContain('modal.Volume.from_name("weights", create_if_missing=True)');
  });

  test("is deployed with its log on stderr and its addresses on stdout", async () => {
    const { exitCode, stdout, stderr } = await formwork(["deploy", "modal"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("modal_app.py: unchanged");
    expect(stderr).toMatch(/ {2}Built image im-\S+ in 1\.25s/);
    expect(stdout).toContain("service  https://workspace--formwork-inference.us-east.modal.direct\n");
    expect(stdout).toContain("health   https://workspace--formwork-health.modal.run/health");
    expect(stdout).toMatch(/image built in [\d.]+ s, [\d.]+ s in all/);
  });

  test("a changed setting needs a choice", async () => {
    const asked = await formwork(["deploy", "modal", "--gpu", "H100", "--dry-run"]);
    expect(asked.exitCode).toBe(2);
    expect(asked.stderr).toContain('-GPU = ["L40S", "A100"]\n+GPU = "H100"');
    expect(asked.stderr).toContain("--regenerate");
    const both = await formwork(["deploy", "modal", "--keep", "--regenerate"]);
    expect(both.exitCode).toBe(2);
    const unknown = await formwork(["deploy", "modal", "--gpu", "L5"]);
    expect(unknown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Unknown GPU "L5"') });
  });

  test("status, logs, secrets and tokens", async () => {
    const status = await formwork(["status"]);
    expect(status.exitCode).toBe(0);
    expect(status.stdout).toContain("ta-01 since 2023-11-14 22:13:20+00:00, ready");
    expect(status.stdout).toContain("cold start   41.5 s, ended 2023-11-14T22:13:20.000Z");
    expect(status.stdout).toContain("deployment   v2, 2023-11-14 22:13:20+00:00 by ada");
    expect(status.stdout).toContain("$1.95 an hour now");
    const json = JSON.parse((await formwork(["status", "--json"])).stdout);
    expect(json).toMatchObject({ state: "deployed", containers: [{ id: "ta-01", state: "ready" }] });
    expect(await formwork(["status", "--app", "other"])).toMatchObject({ exitCode: 1 });

    expect((await formwork(["logs", "--tail", "1"])).stdout).toContain("engine ready");
    expect((await formwork(["secrets", "list"])).stdout).toBe("huggingface\n");
    const set = await formwork(["secrets", "set", "huggingface", "HF_TOKEN", "B=2=3"], { HF_TOKEN: "hf_x" });
    expect(set.stdout).toContain("huggingface: HF_TOKEN, B.");
    expect(requests("SecretGetOrCreate").at(-1)).toMatchObject({ env_dict: { HF_TOKEN: "hf_x", B: "2=3" } });
    expect((await formwork(["secrets", "set", "x", "NOT_SET_HERE"])).stderr).toContain(
      "NOT_SET_HERE is not set",
    );
    expect((await formwork(["secrets", "token"])).stdout).toBe(
      "export FORMWORK_MODAL_KEY=wk-1\nexport FORMWORK_MODAL_SECRET=ws-1\n",
    );
  });

  test("is scaled at once, or by a schedule that is deployed and kept", async () => {
    const scaled = await formwork(["scale", "--min", "1", "--max", "2"]);
    expect(scaled.stdout).toContain(
      "minContainers 1, maxContainers 2, until the next deployment. About $1.95 an hour",
    );
    expect(requests("FunctionUpdateSchedulingParams")).toEqual([
      { function_id: "fu-Inference", settings: { min_containers: 1, max_containers: 2 } },
    ]);
    expect((await formwork(["scale"])).exitCode).toBe(2);

    const kept = await formwork([
      "scale",
      "--keep-warm",
      "daily 00:00-24:00",
      "--time-zone",
      "Europe/Berlin",
    ]);
    expect(kept.stdout).toContain("kept warm daily 00:00-24:00 (Europe/Berlin)");
    expect(JSON.parse(readFileSync(join(workingFolder, "formwork.config.json"), "utf8")).modal).toMatchObject(
      {
        ...{ keepWarm: "daily 00:00-24:00", timeZone: "Europe/Berlin", gpu: ["L40S", "A100"] },
      },
    );
    // A schedule changes nothing else: neither the deployed app's other settings nor an edited file.
    const other = await formwork(["scale", "--keep-warm", "daily 01:00-02:00", "--gpu", "H100"]);
    expect(other).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("would also change gpus L40S or A100 -> H100"),
    });
    const path = join(workingFolder, "modal_app.py");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, `${text}# Mine.\n`);
    const edited = await formwork(["scale", "--keep-warm", "daily 01:00-02:00"]);
    expect(edited).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("-# Mine.") });
    expect(readFileSync(path, "utf8")).toContain("# Mine.");
    writeFileSync(path, text);
    // Now is within the window: the schedule begins at once, not with its next edge.
    expect(requests("FunctionUpdateSchedulingParams").at(-1)).toMatchObject({
      settings: { min_containers: 1 },
    });
  });

  test("is stopped only when that is meant", async () => {
    expect(await formwork(["stop"])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--yes") });
    expect(requests("AppStop")).toEqual([]);
    expect((await formwork(["stop", "--yes"])).stdout).toContain("formwork is stopped");
    expect(requests("AppStop")).toHaveLength(1);
  });

  test("takes the place of an older app", async () => {
    const older = fileURLToPath(new URL("../../../deploy/testing/apps/older_app.py", import.meta.url));
    cpSync(older, join(workingFolder, "old.py"));
    configure({ region: "eu-west" });
    const { stdout } = await formwork(["deploy", "modal", "--from", join(workingFolder, "old.py"), "--save"]);
    expect(stdout).toContain('"gpu": "A100-80GB:2"');
    expect(stdout).toContain(
      "becomes POST https://WORKSPACE--ir-generator-inference.REGION.modal.direct/generate",
    );
    expect(stdout).toContain("Modal-Key and Modal-Secret");
    const saved = JSON.parse(readFileSync(join(workingFolder, "formwork.config.json"), "utf8"));
    expect(saved.modal).toMatchObject({
      region: "eu-west",
      app: "ir-generator",
      secrets: ["huggingface-secret"],
    });
    configure({ ...saved.modal, secrets: {} });
    const rehearsed = await formwork(["deploy", "modal", "--dry-run", "--file", "new_app.py"]);
    expect(rehearsed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("new_app.py registers") });
  });
});

test("warm waits for the deployed app's server, asking the address that wakes nothing", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers["modal-key"] ?? ""}`);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ status: "warm", engine: "ready", model: "m", load_ms: 5, model_loaded: true }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = await startFakeModal(MODAL_VERSIONS.at(-1)!, { serverUrl: url });
  try {
    for (const [name, value] of Object.entries(own.modal.variables!)) vi.stubEnv(name, value);
    configure({});
    await formwork(["deploy", "modal", "--app", "warmed", "--file", "warmed.py", "--no-download"]);
    const { stdout, exitCode } = await formwork([
      "warm",
      "--app",
      "warmed",
      "--modal-key",
      "wk-2",
      "--modal-secret",
      "ws-2",
    ]);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`${url} is warm after`),
    });
    expect(asked).toContain("/warmup wk-2");
  } finally {
    own.close();
    for (const [name, value] of Object.entries(fake.modal.variables!)) vi.stubEnv(name, value);
    // The model's size is asked of a hub that is not there.
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9");
    server.close();
    server.closeAllConnections();
  }
});
