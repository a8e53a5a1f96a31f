import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { FormworkError } from "../../errors.js";
import { MODAL_VERSIONS, startFakeModal } from "../testing/fakeModal.js";
import { register } from "../testing/registrations.js";
import { smallPackage } from "../testing/smallPackage.js";
import { type ModalCommandLine, runModal } from "./commandLine.js";
import { type DeployEvent, deployToModal } from "./deploy.js";
import { appStatus, autoscale, stopApp } from "./live.js";
import type { ModalOptions } from "./options/index.js";
import { listSecrets, setSecret } from "./secrets.js";
import { modalSettings } from "./settings.js";

// Several processes of Modal's package: seconds on an idle machine, more on a busy one.
vi.setConfig({ testTimeout: 300_000 });

const newest = MODAL_VERSIONS.at(-1)!;
let folder: string;
let packageFolder: string;
beforeAll(() => {
  // The model's size is asked of a hub that is not there.
  vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9");
  folder = mkdtempSync(join(tmpdir(), "formwork-deploy-"));
  packageFolder = smallPackage();
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  rmSync(packageFolder, { recursive: true, force: true });
});

/** Deploys and collects the events. */
async function deploy(modal: ModalCommandLine, options: ModalOptions, more: { keep?: boolean } = {}) {
  const events: DeployEvent[] = [];
  const report = await deployToModal({
    settings: modalSettings(options),
    folder,
    choice: more.keep === true ? "keep" : "regenerate",
    dryRun: false,
    download: true,
    packageFolder,
    modal: async () => modal,
    onEvent: (event) => events.push(event),
  });
  return { report, events };
}

test.each(MODAL_VERSIONS)(
  "modal %s: deploys, tells the times, shows the state, scales, stops",
  async (version) => {
    const fake = await startFakeModal(version);
    const requests = (call: string) =>
      fake.calls.filter((one) => one.call === call).map(({ request }) => request);
    try {
      const { report, events } = await deploy(fake.modal, {});
      expect(report).toMatchObject({
        objects: { Inference: "Server", health: "Function", download: "Function" },
        url: "https://workspace--formwork-inference.us-east.modal.direct",
        healthUrl: "https://workspace--formwork-health.modal.run",
        dashboardUrl: expect.stringMatching(/^https:\/\/modal\.com\/apps\//),
      });
      const log = events.flatMap((event) => (event.type === "log" ? [event.line] : []));
      const built = log.filter((line) => line.startsWith("Built image"));
      expect(built.length).toBeGreaterThan(4);
      expect(report.imageBuildSeconds).toBeCloseTo(built.length * 1.25, 0);
      // The weights are fetched, by an app that lasts only as long, before the app is published.
      expect(requests("FunctionMap")).toMatchObject([{ function_id: "fu-download" }]);
      const order = fake.calls
        .map(({ call }) => call)
        .filter((call) => call === "FunctionMap" || call === "AppPublish");
      expect(order.indexOf("FunctionMap")).toBeLessThan(order.lastIndexOf("AppPublish"));

      const status = await appStatus(fake.modal, "formwork");
      expect(status).toMatchObject({ state: "deployed", url: report.url, healthUrl: report.healthUrl });
      expect(status.containers).toMatchObject([{ id: "ta-01" }]);
      expect(status.deployed).toMatchObject({ engine: "vllm", gpus: ["L40S"], maxContainers: 1 });

      if (version === newest) {
        const again = await deploy(fake.modal, { gpu: "H100", maxContainers: 2 });
        expect(again.events).toContainEqual({
          type: "stage",
          text: "This deployment changes gpus L40S -> H100, maxContainers 1 -> 2",
        });
      }

      await autoscale(fake.modal, "formwork", { minContainers: 1, maxContainers: 5 });
      expect(requests("FunctionUpdateSchedulingParams")).toEqual([
        { function_id: "fu-Inference", settings: { min_containers: 1, max_containers: 5 } },
      ]);

      expect(await listSecrets(fake.modal)).toMatchObject([{ name: "huggingface" }]);
      await setSecret(fake.modal, "huggingface", { HF_TOKEN: "hf_1" });
      expect(requests("SecretGetOrCreate").at(-1)).toMatchObject({
        ...{ deployment_name: "huggingface", env_dict: { HF_TOKEN: "hf_1" } },
      });

      await stopApp(fake.modal, "formwork");
      expect(requests("AppStop")).toHaveLength(1);
    } finally {
      fake.close();
    }
  },
);

describe("what goes wrong says what to do", () => {
  beforeAll(async () => void (await register(newest, folder, { good: {} })));

  /** The code and the message that `modal deploy` of a good app file fails with. */
  async function failure(faults: Record<string, boolean>, change: Partial<ModalCommandLine> = {}) {
    const fake = await startFakeModal(newest, faults);
    try {
      const path = join(folder, newest, "good", "modal_app.py");
      return await runModal({ ...fake.modal, ...change }, ["deploy", path]).then(
        () => expect.unreachable(),
        // A plain object: a test that fails shows the whole message.
        ({ code, message }: FormworkError) => ({ code, message }),
      );
    } finally {
      fake.close();
    }
  }

  test("a build that fails", async () => {
    const error = await failure({ failBuild: true });
    expect(error).toMatchObject({ code: "upstream_error" });
    expect(error.message).toContain("The image could not be built");
    expect(error.message).toContain("No solution found when resolving dependencies");
  });

  test("no token", async () => {
    const variables = {
      MODAL_TOKEN_ID: "",
      MODAL_TOKEN_SECRET: "",
      MODAL_CONFIG_PATH: "/nowhere/modal.toml",
    };
    expect(await failure({}, { variables })).toMatchObject({
      code: "unauthorized",
      message: expect.stringContaining("modal token new"),
    });
  });

  test("a token that Modal refuses", async () => {
    expect(await failure({ refuseToken: true })).toMatchObject({
      code: "unauthorized",
      message: expect.stringContaining("does not accept the token"),
    });
  });

  test("a GPU that Modal does not know", async () => {
    expect(await failure({ refuseGpu: true })).toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("--gpu L40S"),
    });
  });

  test("a download that fails publishes nothing, and the end of its error is said", async () => {
    const fake = await startFakeModal(newest, { failDownload: "a/b is gated: accept its licence" });
    try {
      await expect(deploy(fake.modal, {})).rejects.toMatchObject({
        message: expect.stringContaining("a/b is gated: accept its licence"),
      });
      // An app that lasts as long as its download has no name.
      const published = fake.calls.filter(
        ({ call, request }) => call === "AppPublish" && request.name !== undefined,
      );
      expect(published).toEqual([]);
    } finally {
      fake.close();
    }
  });

  test("a secret or an app that is not there, an app file that Modal's package refuses", async () => {
    const fake = await startFakeModal(newest);
    try {
      await expect(appStatus(fake.modal, "other")).rejects.toMatchObject({
        code: "not_found",
        message: expect.stringContaining("formwork deploy modal"),
      });
      await expect(deploy(fake.modal, { secrets: { mine: ["A", "B"] } })).rejects.toMatchObject({
        code: "not_found",
        message: expect.stringContaining("formwork secrets set mine A=... B=..."),
      });
      const path = join(folder, "modal_app.py");
      writeFileSync(path, readFileSync(path, "utf8").replace("max_containers=1,", "most_containers=1,"));
      await expect(deploy(fake.modal, {}, { keep: true })).rejects.toMatchObject({
        code: "invalid_request",
        message: expect.stringContaining("most_containers"),
      });
      expect(fake.calls).toEqual([]);
    } finally {
      fake.close();
    }
  });
});
