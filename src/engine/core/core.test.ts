import { afterEach, describe, expect, test } from "vitest";
import type { FormworkError } from "../../errors.js";
import { createScriptedRuntime } from "../../runtime/index.js";
import type { GenerationOutcome } from "../scheduler/sequence.js";
import { DocumentCheck } from "../validate/documentCheck.js";
import type { CoreRequest, EngineCore } from "./core.js";
import { testCore } from "./testing/testCore.js";

const cores: EngineCore[] = [];

afterEach(() => {
  for (const core of cores.splice(0)) core.close();
});

function coreOf(): EngineCore {
  const core = testCore(createScriptedRuntime({ maxSequences: 4 }), { prefillChunk: 32, prefixTokens: 1024 });
  cores.push(core);
  return core;
}

function requestOf(schema: unknown, more: Partial<CoreRequest> = {}): CoreRequest {
  return {
    messages: [{ role: "user", content: "Describe somebody." }],
    schemaText: JSON.stringify(schema),
    maxTokens: 400,
    sampling: { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, seed: 7 },
    schemaInPrompt: false,
    constraint: "schema",
    deadlineMs: 120_000,
    ...more,
  };
}

function run(
  core: EngineCore,
  request: CoreRequest,
): { end: Promise<GenerationOutcome>; cancel: () => void } {
  let cancel = () => {};
  const end = new Promise<GenerationOutcome>((resolve, reject) => {
    cancel = core.submit(request, { start() {}, part() {}, finish: resolve, fail: reject });
  });
  end.catch(() => {});
  return { end, cancel };
}

/** A schema that costs more to compile than the thread that decodes may spend. */
const DEAR = {
  type: "object",
  properties: { code: { type: "string", pattern: "^(a|b)*a(a|b|c){11}$" }, n: { type: "integer" } },
  required: ["code", "n"],
  additionalProperties: false,
};
/** One that no limit lets through. */
const HOPELESS = { type: "string", pattern: "^(a|b)*a(a|b|c){40}$" };

describe("the slow lane", () => {
  test("writes a valid document for a schema that the fast lane has no time for", async () => {
    const core = coreOf();
    const documents = new DocumentCheck();
    const { text } = await run(core, requestOf(DEAR)).end;
    expect(await documents.check({ schemaText: JSON.stringify(DEAR) }, text)).toMatchObject({ valid: true });
  });

  test("a budget holds there too", async () => {
    const core = coreOf();
    const error = await run(core, requestOf(DEAR, { maxTokens: 5 })).end.catch(
      (thrown: FormworkError) => thrown,
    );
    expect(error).toMatchObject({ code: "budget_too_small" });
    const { text } = await run(core, requestOf(DEAR, { maxTokens: 40 })).end;
    expect(JSON.parse(text)).toMatchObject({ n: expect.any(Number) });
  });

  test("a schema over every limit is refused by the limit's name", async () => {
    const error = await run(coreOf(), requestOf(HOPELESS)).end.catch((thrown: FormworkError) => thrown);
    expect(error).toMatchObject({ status: 400 });
  });

  test("who leaves is forgotten, and others are answered meanwhile", async () => {
    const core = coreOf();
    const dear = run(core, requestOf(DEAR));
    await expect.poll(() => core.queued).toBe(1);
    const { text } = await run(core, requestOf({ type: "boolean" })).end;
    expect(["true", "false"]).toContain(text);
    dear.cancel();
    await expect(dear.end).rejects.toMatchObject({ code: "cancelled" });
    expect(core.queued).toBe(0);
  });
});
