import { expect, it } from "vitest";
import { createEngine, FormworkError, generate } from "./index.js";
import { defaultModelPath } from "./models/testing/defaultModel.js";

const schema = {
  type: "object",
  properties: {
    city: { type: "string", maxLength: 30 },
    population: { type: "integer", minimum: 0, maximum: 1e9 },
  },
  required: ["city", "population"],
  additionalProperties: false,
};

it("turns a prompt and a schema into a document, with an engine of its own or the caller's", async () => {
  const options = { model: await defaultModelPath(), threads: 1, contextLength: 1024 };
  let streamed = "";
  const own = await generate({
    prompt: "A city in France.",
    schema,
    seed: 1,
    engine: options,
    onDelta: (text) => {
      streamed += text;
    },
  });
  expect(JSON.parse(streamed)).toEqual(own.output);
  expect(own.output).toMatchObject({ city: expect.any(String), population: expect.any(Number) });

  const engine = createEngine(options);
  try {
    const documents = [];
    for (const seed of [1, 2])
      documents.push(await generate({ prompt: "A city in France.", schema, seed, engine }));
    expect(documents[0].text).toBe(own.text);
    expect(documents[1].usage.cachedTokens).toBeGreaterThan(20);
    const hopeless = generate({ prompt: "x", schema, maxTokens: 2, engine });
    await expect(hopeless).rejects.toBeInstanceOf(FormworkError);
    expect(engine.status().state).toBe("ready");
  } finally {
    await engine.close();
  }
});

it("knows remote engines by their spelling and refuses others", async () => {
  const engine = createEngine({ engine: "vllm=http://127.0.0.1:9" });
  expect(engine.kind).toBe("vllm");
  await engine.close();
  expect(() => createEngine({ engine: "nonsense" })).toThrow(/no engine called/);
});

it("rejects a schema with a member given twice, before anything is loaded", async () => {
  const twice = generate({ prompt: "x", schema: '{"items":{"minimum":1,"minimum":2}}' });
  await expect(twice).rejects.toMatchObject({ code: "invalid_schema", pointer: "/items/minimum" });
});
