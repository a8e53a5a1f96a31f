import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MODAL_VERSIONS } from "../testing/fakeModal.js";
import { type Registration, register } from "../testing/registrations.js";
import type { ModalOptions } from "./options/index.js";
import { SCALEDOWN_SECONDS } from "./settings.js";

const matrix = (["dev", "prod", "demo"] as const).flatMap((mode) =>
  (["vllm", "sglang"] as const).map((engine) => ({ mode, engine, name: `${engine}-${mode}` })),
);

const CASES: Record<string, ModalOptions> = {
  ...Object.fromEntries(
    matrix.map(({ mode, engine, name }) => [
      name,
      {
        ...{ mode, engine, gpu: ["H100:2", "a100-80gb:2"], secrets: { huggingface: ["HF_TOKEN"] } },
        ...{ minContainers: 1, maxContainers: 3, bufferContainers: 1, concurrency: 16, region: "eu-west" },
        ...{ computeRegion: ["eu"], snapshot: false, startupTimeout: 900, exitGracePeriod: 20 },
      } satisfies ModalOptions,
    ]),
  ),
  defaults: {},
  open: { gpu: "l4", unauthenticated: true, publicHealth: true },
  schedule: {
    ...{ minContainers: 2, keepWarm: "Mon-Fri 08:00-18:00, Sat 10:00-24:00", timeZone: "Europe/Berlin" },
  },
  always: { keepWarm: "daily 00:00-12:00, daily 12:00-24:00" },
  snapshot: { snapshot: true },
  llama: { engine: "llama", model: "hf:a/b-GGUF@v1/b-00001-of-00002.gguf", gpu: "A100-40GB", snapshot: true },
  resources: { cpu: 8, memory: 65_536, maxConcurrency: 48, targetConcurrency: 20 },
  odd: { model: 'a/"b"\\c\n"""', revision: "v'1", engineArguments: ['--x={"y": true}'], app: "a.b_c-d" },
};

describe.each(MODAL_VERSIONS)("with modal %s", (version) => {
  let folder: string;
  let registered: Record<string, Registration>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "formwork-registration-"));
    registered = await register(version, folder, CASES);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(matrix)("$name asks for what the settings say", ({ mode, engine, name }) => {
    const server = registered[name]!.named("Inference");
    expect(server).toMatchObject({
      is_server: true,
      autoscaler_settings: {
        ...{ min_containers: 1, max_containers: 3, buffer_containers: 1 },
        ...{ scaledown_window: SCALEDOWN_SECONDS[mode], target_concurrency_float: 12 },
      },
      http_config: { port: 8000, proxy_regions: ["eu-west"], startup_timeout: 900, exit_grace_period: 35 },
      startup_timeout_secs: 900,
      scheduler_placement: { regions: ["eu"] },
      volume_mounts: [{ mount_path: "/cache/models" }, { mount_path: "/cache/compiled" }],
    });
    // Protocol buffers leave out what is false: absent means that callers must authenticate.
    expect(server.http_config.unauthenticated).toBeUndefined();
    expect(server.secret_ids).toHaveLength(1);
    expect(server.ranked.map((one: typeof server) => one.resources.gpu_config)).toEqual([
      { gpu_type: "H100", count: 2 },
      { gpu_type: "A100-80GB", count: 2 },
    ]);
    expect(server.checkpointing_enabled).toBeUndefined();
    expect(registered[name]!.requests("SecretGetOrCreate")).toMatchObject([
      { deployment_name: "huggingface", required_keys: ["HF_TOKEN"] },
    ]);
    expect(registered[name]!.imageCommands()).toMatch(
      new RegExp(`uv pip install .*--no-deps .*${engine}\\.lock`),
    );
  });

  test("health and download take no GPU; health asks for credentials", () => {
    const health = registered["defaults"]!.named("health");
    const download = registered["defaults"]!.named("download");
    expect(health).toMatchObject({
      webhook_config: { type: "WEBHOOK_TYPE_WSGI_APP", requires_proxy_auth: true },
      max_concurrent_inputs: 100,
    });
    for (const one of [health, download]) expect(one.resources?.gpu_config?.gpu_type).toBeUndefined();
    expect(health.volume_mounts).toBeUndefined();
    expect(download.volume_mounts).toHaveLength(2);
  });

  test("the image pins uv, installs the lock before Formwork, and both volumes are made once", () => {
    const commands = registered["defaults"]!.imageCommands();
    expect(commands).toMatch(/COPY --from=\S+uv:\d+\.\d+\.\d+ /);
    expect(commands).toContain("npm ci --omit=optional --ignore-scripts");
    expect(commands.indexOf(".lock")).toBeLessThan(commands.indexOf("npm ci"));
    const volumes = registered["defaults"]!.requests("VolumeGetOrCreate");
    expect(volumes).toMatchObject([
      { deployment_name: "formwork-models" },
      { deployment_name: "formwork-compiled" },
    ]);
  });

  test("Formwork's own engine brings its libraries in a layer before Formwork, and compiles nothing", () => {
    const commands = registered["llama"]!.imageCommands();
    expect(commands).toMatch(/FROM nvidia\/cuda:12\S+-runtime/);
    expect(commands).toMatch(
      /npm install --prefix \/opt .*linux-x64-cuda@\d\S+ @node-llama-cpp\/linux-x64-cuda-ext@\d/,
    );
    expect(commands.indexOf("linux-x64-cuda")).toBeLessThan(commands.indexOf("npm ci"));
    expect(commands).not.toMatch(/vllm|sglang/);
    expect(registered["llama"]!.named("Inference").resources.gpu_config).toEqual({
      gpu_type: "A100-40GB",
      count: 1,
    });
  });

  test("a snapshot holds the GPU as well", () => {
    expect(registered["snapshot"]!.named("Inference")).toMatchObject({
      checkpointing_enabled: true,
      experimental_options: { enable_gpu_snapshot: "True" },
    });
  });

  test("processor and memory are asked for; a full container turns callers away where the package can say so", () => {
    const server = registered["resources"]!.named("Inference");
    expect(server.resources).toMatchObject({ milli_cpu: 8000, memory_mb: 65_536 });
    expect(server.autoscaler_settings.target_concurrency_float).toBe(20);
    expect(server.max_concurrent_inputs).toBe(version === "1.5.4" ? undefined : 48);
  });

  test("open to everybody only where that was asked for", () => {
    const { open, defaults } = registered;
    expect(open!.named("Inference").http_config.unauthenticated).toBe(true);
    expect(open!.named("health").webhook_config.requires_proxy_auth).toBeUndefined();
    expect(open!.named("Inference").resources.gpu_config).toEqual({ gpu_type: "L4", count: 1 });
    expect(defaults!.named("Inference").http_config.unauthenticated).toBeUndefined();
    expect(defaults!.named("Inference").scheduler_placement).toBeUndefined();
  });

  test("a schedule keeps containers at its times only", () => {
    const registration = registered["schedule"]!;
    expect(registration.named("Inference").autoscaler_settings.min_containers).toBe(0);
    const crons = [1, 2, 3, 4, 5].map(
      (index) => registration.named(`follow_schedule_${index}`).schedule.cron,
    );
    expect(crons).toEqual([
      { cron_string: "0 8 * * 1,2,3,4,5", timezone: "Europe/Berlin" },
      { cron_string: "0 18 * * 1,2,3,4,5", timezone: "Europe/Berlin" },
      { cron_string: "0 10 * * 6", timezone: "Europe/Berlin" },
      { cron_string: "0 0 * * 0", timezone: "Europe/Berlin" },
      { cron_string: "5 4 * * *", timezone: "Europe/Berlin" },
    ]);
  });

  test("a schedule that covers the week keeps containers without one", () => {
    const registration = registered["always"]!;
    expect(registration.named("Inference").autoscaler_settings.min_containers).toBe(1);
    expect(() => registration.named("follow_schedule_1")).toThrow();
  });

  test("names with quotes and line breaks stay text", () => {
    expect(registered["odd"]!.named("Inference").app_name).toBe("a.b_c-d");
  });
});
