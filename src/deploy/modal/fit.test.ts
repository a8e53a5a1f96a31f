import { afterEach, expect, test } from "vitest";
import { describeRepository } from "../../models/index.js";
import { type HubServer, startServer } from "../../models/testing/hubServer.js";
import { checkFit, footprintOf } from "./fit.js";
import { modalSettings } from "./settings.js";

let hub: HubServer | undefined;
afterEach(() => hub?.close());

/** A 32B model in bfloat16: 65.5 GB of weights, 64 layers with 8 heads of keys and values, 128 wide. */
const LARGE = {
  weightBytes: 65.5e9,
  config: {
    num_hidden_layers: 64,
    num_attention_heads: 40,
    num_key_value_heads: 8,
    hidden_size: 5120,
    head_dim: 128,
  },
};

test("keys and values are counted by the configuration", () => {
  const { weights, perPosition } = footprintOf(LARGE);
  expect(weights).toBeCloseTo(65.5);
  expect(perPosition! * 1e9).toBe(64 * 8 * 128 * 2 * 2);
  expect(footprintOf({ ...LARGE, config: { text_config: LARGE.config } }).perPosition).toBe(perPosition);
  expect(footprintOf({ ...LARGE, config: {} }).perPosition).toBeUndefined();
});

test.each([
  ["A100-80GB", undefined],
  ["H100", undefined],
  ["A100-40GB:2", undefined],
  ["L4", "--gpu RTX-PRO-6000"],
  ["A100-40GB", "--gpu"],
])("a 32B model on %s", (gpu, expected) => {
  const check = () => checkFit(modalSettings({ gpu, model: "a/32b" }), footprintOf(LARGE));
  if (expected === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(new RegExp(`a/32b does not fit ${gpu}: .*65\\.5 GB`));
});

test("where nothing holds it, a quantised model is the way", () => {
  const huge = { weightBytes: 2.6e12, config: {} };
  expect(() => checkFit(modalSettings({ gpu: "L4" }), footprintOf(huge))).toThrow(/quantised/);
});

test("the hub's own word for the sizes, without the weights' bytes being fetched", async () => {
  hub = await startServer((request, response) => {
    if (request.url?.startsWith("/api/models/a/b/revision/main")) {
      const siblings = [
        { rfilename: "model-1.safetensors", size: 5 },
        { rfilename: "model-2.safetensors", size: 6 },
        { rfilename: "original/consolidated.00.pth", size: 100 },
        { rfilename: "pytorch_model.bin", size: 1000 },
      ];
      response.end(JSON.stringify({ siblings }));
    } else if (request.url === "/a/b/resolve/main/config.json") response.end('{"num_hidden_layers": 2}');
    else response.writeHead(404).end();
  });
  const environment = { HF_ENDPOINT: hub.url };
  expect(await describeRepository("a/b", { environment })).toEqual({
    weightBytes: 11,
    config: { num_hidden_layers: 2 },
  });
  expect(await describeRepository("a/other", { environment })).toBeUndefined();
  expect(
    await describeRepository("a/b", { environment: { HF_ENDPOINT: "http://127.0.0.1:9" } }),
  ).toBeUndefined();
});
