import { describe, expect, expectTypeOf, test } from "vitest";
import type { SamplingSettings } from "../../types.js";
import type { GenerateRequest, ReasoningSettings } from "../engine.js";
import { buildRequest, type RequestContent } from "./build.js";
import { FIELD_NAMES, fieldSchema, isHonoured, requestField, wireNames } from "./describe.js";
import type { Surface } from "./field.js";
import type { SettingName, ValueOf } from "./requestValues.js";
import type { REQUEST_FIELDS } from "./table.js";
import { fieldsPage } from "./testing/page.js";

const SURFACES: readonly Surface[] = ["generate", "chat", "completions", "responses", "messages", "ollama"];
const content = {
  id: "a",
  messages: [{ role: "user", content: "x" }],
  schema: "true",
} as unknown as RequestContent;

describe("the table of request fields", () => {
  test("names a field on /generate by its key in snake case", () => {
    for (const name of FIELD_NAMES) {
      const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      for (const wireName of wireNames(name, "generate")) expect(wireName).toBe(snake);
    }
  });

  test("gives no name to two fields of one surface", () => {
    for (const surface of SURFACES) {
      const names = FIELD_NAMES.flatMap((name) => wireNames(name, surface));
      expect(new Set(names).size, surface).toBe(names.length);
    }
  });

  test("has defaults within their own ranges, and a sentence for each field", () => {
    for (const name of FIELD_NAMES) {
      const field = requestField(name);
      expect(field.doc).toMatch(/^[A-Z`].*\.$/);
      if (field.kind !== "number" && field.kind !== "integer") continue;
      if (field.default === undefined) continue;
      expect(field.default).toBeGreaterThanOrEqual(field.minimum);
      expect(field.default).toBeLessThanOrEqual(field.maximum);
    }
  });

  test("describes every value that is no content", () => {
    for (const name of FIELD_NAMES) {
      expect(fieldSchema(name) === undefined).toBe(requestField(name).kind === "content");
    }
  });

  test("has values of the types that the engine's contract asks for", () => {
    type PlaceOf<Path> = Path extends `sampling.${infer Name extends keyof SamplingSettings}`
      ? SamplingSettings[Name]
      : Path extends `reasoning.${infer Name extends keyof ReasoningSettings}`
        ? ReasoningSettings[Name] | "none"
        : Path extends keyof GenerateRequest
          ? GenerateRequest[Path]
          : never;
    type Misplaced = {
      [Name in SettingName]: ValueOf<(typeof REQUEST_FIELDS)[Name]> extends PlaceOf<
        (typeof REQUEST_FIELDS)[Name]["to"]
      >
        ? never
        : Name;
    }[SettingName];
    expectTypeOf<Misplaced>().toBeNever();
  });

  test("covers every setting of the sampler", () => {
    type Placed = (typeof REQUEST_FIELDS)[SettingName]["to"];
    type Missing = Exclude<`sampling.${keyof SamplingSettings}`, Placed>;
    expectTypeOf<Missing>().toBeNever();
  });

  test("knows which engines honour a field", () => {
    expect(isHonoured("topK", "llama")).toBe(true);
    expect(isHonoured("topK", "openai")).toBe(false);
    expect(isHonoured("temperature", "anything")).toBe(true);
  });

  test("is the page of the documents", async () => {
    await expect(fieldsPage()).toMatchFileSnapshot("../../../docs/request-fields.md");
  });
});

describe("buildRequest", () => {
  test("fills in the defaults of the table", () => {
    expect(buildRequest(content, { seed: 1 })).toEqual({
      ...content,
      maxTokens: 2048,
      maxToolCalls: 16,
      sampling: { temperature: 0.3, topP: 0.95, topK: 0, minP: 0, repetitionPenalty: 1, seed: 1 },
      additionalMembers: "closed",
      schemaInPrompt: true,
    });
  });

  test("puts each value at its place", () => {
    const request = buildRequest(content, {
      maxTokens: 9,
      temperature: 0,
      logprobs: 2,
      reasoning: { maxTokens: 5, effort: "low" },
    });
    expect(request).toMatchObject({
      maxTokens: 9,
      topLogprobs: 2,
      reasoning: { enabled: true, maxTokens: 5, effort: "low" },
      sampling: { temperature: 0 },
    });
    expect(request).not.toHaveProperty("logprobs");
  });

  test("draws a seed of its own each time", () => {
    const seeds = Array.from({ length: 4 }, () => buildRequest(content, {}).sampling.seed);
    expect(new Set(seeds).size).toBe(4);
  });

  test("reasons where the caller says how, unless the effort is none", () => {
    const reasoning = (values: object) => buildRequest(content, { reasoning: values }).reasoning;
    expect(reasoning({ effort: "none" })).toEqual({ enabled: false });
    expect(reasoning({ enabled: false, maxTokens: 3 })).toEqual({ enabled: false, maxTokens: 3 });
    expect(buildRequest(content, {})).not.toHaveProperty("reasoning");
  });
});
