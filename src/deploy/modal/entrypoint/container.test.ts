import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freePort } from "../../testing/freePort.js";
import { Container } from "./container.js";
import { listenForSteps } from "./control.js";
import { type ContainerSettings, containerSettings, SETTINGS_VARIABLE } from "./settings.js";

let folder: string;
let log: string;
let settings: ContainerSettings;
let container: Container | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "formwork-container-"));
  log = join(folder, "log");
  writeFileSync(log, "");
  const [enginePort, port] = [await freePort(), await freePort()];
  const program = (name: string) => fileURLToPath(new URL(`../../testing/${name}`, import.meta.url));
  settings = {
    ...{ engine: "vllm", engineUrl: `http://127.0.0.1:${enginePort}`, model: "stand-in", port },
    ...{
      controlPort: 0,
      sleep: false,
      bootSeconds: 60,
      drainSeconds: 5,
      requestSeconds: 60,
      probeSeconds: 60,
    },
    command: [process.execPath, program("standInEngine.mjs"), String(enginePort), log],
    serveCommand: [process.execPath, program("standInServer.mjs"), String(port), log],
  };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await container?.drain();
  rmSync(folder, { recursive: true, force: true });
});

/** What engine and server were asked, in order; the warm-up requests count once. */
const events = () =>
  readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .filter((line, index, all) => line !== all[index - 1]);

const isOpen = () =>
  fetch(`http://127.0.0.1:${settings.port}/health`).then(
    () => true,
    () => false,
  );

test("the port opens only after a real inference", async () => {
  container = new Container(settings);
  expect(container.report().state).toBe("new");
  await container.boot();
  expect(container.report()).toMatchObject({
    state: "booted",
    stages: { engine: expect.any(Number), inference: expect.any(Number) },
  });
  expect(events()).toEqual(["engine /v1/chat/completions"]);
  expect(await isOpen()).toBe(false);
  await container.open();
  expect(container.report().state).toBe("ready");
  expect(await isOpen()).toBe(true);
  expect(events()).toEqual(["engine /v1/chat/completions", "server starts"]);
});

test("Formwork's own engine is its server: started first, proven through it, and again after a snapshot", async () => {
  const { serveCommand } = settings;
  container = new Container({
    ...{ ...settings, command: [], engine: "llama", sleep: true, serveCommand },
    engineUrl: `http://127.0.0.1:${settings.port}`,
  });
  await container.boot();
  expect(container.report()).toMatchObject({
    state: "booted",
    stages: { serve: expect.any(Number), inference: expect.any(Number) },
  });
  await container.open();
  expect(container.report().state).toBe("ready");
  expect(events()).toEqual(["server starts", "server /v1/chat/completions"]);
});

test("for a snapshot the engine sleeps between the two steps and is proven again", async () => {
  container = new Container({ ...settings, sleep: true });
  await container.boot();
  await container.open();
  expect(events()).toEqual([
    ...["engine /v1/chat/completions", "engine /sleep?level=1", "engine /wake_up"],
    ...["engine /v1/chat/completions", "server starts"],
  ]);
});

test("SGLang sleeps by its own routes; an engine without sleep is refused", async () => {
  container = new Container({ ...settings, engine: "sglang", sleep: true });
  await container.boot();
  expect(events().at(-1)).toBe("engine /release_memory_occupation");
  await container.drain();
  const other = new Container({ ...settings, engine: "llama-server", sleep: true });
  await expect(other.boot()).rejects.toThrow(/cannot sleep/);
  await other.drain();
});

test("a request in flight is answered before server and engine end", async () => {
  container = new Container(settings);
  await container.boot();
  await container.open();
  const answer = fetch(`http://127.0.0.1:${settings.port}/slow`);
  await vi.waitFor(() => expect(events().at(-1)).toBe("server got the slow request"));
  await container.drain();
  expect((await answer).status).toBe(200);
  expect(events().slice(-3)).toEqual(["server drains", "server answered the slow request", "server ends"]);
  expect(container.report().state).toBe("drained");
  expect(await isOpen()).toBe(false);
});

test("an engine that crashes is started again under the open port, a few times at most", async () => {
  container = new Container(settings);
  await container.boot();
  await container.open();
  for (let crash = 1; crash <= 3; crash++) {
    await fetch(`${settings.engineUrl}/crash`).catch(() => undefined);
    await vi.waitFor(
      () => expect(container!.report()).toMatchObject({ state: "ready", engineRestarts: crash }),
      { timeout: 20_000, interval: 50 },
    );
    expect(await isOpen()).toBe(true);
  }
  await fetch(`${settings.engineUrl}/crash`).catch(() => undefined);
  await vi.waitFor(() => expect(container!.report().state).toBe("failed"), { timeout: 20_000 });
  expect(container.report().error).toContain("The engine ended with status 1");
});

test("an engine that hangs is replaced, and serves again", async () => {
  container = new Container({ ...settings, probeSeconds: 1 });
  await container.boot();
  await container.open();
  await fetch(`${settings.engineUrl}/hang`);
  await vi.waitFor(() => expect(container!.report()).toMatchObject({ state: "ready", engineRestarts: 1 }), {
    timeout: 30_000,
    interval: 50,
  });
  expect(await isOpen()).toBe(true);
  expect((await fetch(`${settings.engineUrl}/health`)).status).toBeLessThan(600);
});

test("a server that dies is started again beside the engine, which is left alone", async () => {
  container = new Container(settings);
  await container.boot();
  await container.open();
  for (let crash = 1; crash <= 3; crash++) {
    await fetch(`http://127.0.0.1:${settings.port}/crash`).catch(() => undefined);
    await vi.waitFor(async () => expect(await isOpen()).toBe(true), { timeout: 20_000, interval: 50 });
    await vi.waitFor(() =>
      expect(container!.report()).toMatchObject({ state: "ready", engineRestarts: 0, serverRestarts: crash }),
    );
  }
  await fetch(`http://127.0.0.1:${settings.port}/crash`).catch(() => undefined);
  await vi.waitFor(() => expect(container!.report().state).toBe("failed"), { timeout: 20_000 });
});

test("an engine that dies, one that ignores the schema and one that is not there fail the start", async () => {
  vi.stubEnv("STAND_IN", "dies");
  container = new Container(settings);
  await expect(container.boot()).rejects.toThrow(
    /ended with status 3 before it was ready[\s\S]*CUDA out of memory/,
  );
  expect(container.report()).toMatchObject({ state: "failed", error: expect.stringContaining("CUDA") });

  vi.stubEnv("STAND_IN", "ignores the schema");
  const second = new Container(settings);
  await expect(second.boot()).rejects.toMatchObject({ code: "invalid_output" });
  await second.drain();

  const third = new Container({ ...settings, command: ["/nowhere/vllm", "serve"] });
  await expect(third.boot()).rejects.toThrow(/could not be started.*ENOENT/);
});

test("a server that ends before it is ready fails the start, with what it said", async () => {
  const serveCommand = [process.execPath, "-e", "console.error('port taken'); process.exit(4)"];
  container = new Container({ ...settings, serveCommand });
  await container.boot();
  await expect(container.open()).rejects.toThrow(/ended with status 4 before it was ready\.\nport taken/);
});

test("steps are taken over HTTP, in their order only", async () => {
  container = new Container(settings);
  const { server, port } = await listenForSteps(container, 0);
  const step = async (method: string, path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: answer.status, body: await answer.json() };
  };
  try {
    expect(await step("POST", "/open")).toMatchObject({ status: 400, body: { code: "wrong_usage" } });
    expect(await step("GET", "/state")).toMatchObject({ status: 200, body: { state: "new" } });
    expect(await step("POST", "/boot")).toMatchObject({ status: 200, body: { state: "booted" } });
    expect(await step("POST", "/open")).toMatchObject({ status: 200, body: { state: "ready" } });
    expect(await step("GET", "/other")).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect(await step("POST", "/drain")).toMatchObject({ status: 200, body: { state: "drained" } });
  } finally {
    server.close();
  }
});

test("settings come from the environment, whole or not at all", () => {
  const { serveCommand: _, ...given } = settings;
  const read = (value: unknown) => containerSettings({ [SETTINGS_VARIABLE]: JSON.stringify(value) });
  expect(read(given)).toMatchObject(given);
  expect(read(given).serveCommand.slice(2)).toEqual([
    ...["serve", "--host", "0.0.0.0", "--open"],
    ...["--port", String(settings.port), "--drain-timeout", "5", "--request-timeout", "60"],
    ...["--engine", `vllm=${settings.engineUrl}`],
  ]);
  const alone = { ...given, command: [], serveArguments: ["--parallel", "4"] };
  expect(read(alone).serveCommand.slice(-4)).toEqual(["--request-timeout", "60", "--parallel", "4"]);
  expect(() => read({ ...given, port: "8000" })).toThrow(/port is a number/);
  expect(() => read({ ...given, command: "vllm" })).toThrow(/command is a list of words/);
  expect(() => containerSettings({})).toThrow(/FORMWORK_CONTAINER is not set/);
  expect(() => containerSettings({ [SETTINGS_VARIABLE]: "{" })).toThrow(/no JSON/);
});
