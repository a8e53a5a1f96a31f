import { expect, expectTypeOf, test } from "vitest";
import { variableOf } from "../../cli/config/setting.js";
import { engineSettings, serveSettings } from "../../cli/engine.js";
import {
  ENGINE_OPTIONS,
  type EngineOptions,
  engineOption,
  type LoadSettings,
  normaliseOptions,
  OPTION_NAMES,
} from "./index.js";
import { optionsPage } from "./testing/page.js";

test("types follow from the table", () => {
  expectTypeOf<EngineOptions["threads"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<EngineOptions["kvType"]>().toEqualTypeOf<"f32" | "f16" | "q8_0" | "q4_0" | undefined>();
  expectTypeOf<LoadSettings["prefixCache"]>().toEqualTypeOf<boolean>();
  expectTypeOf<LoadSettings["threads"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<LoadSettings>().not.toHaveProperty("deadlineMs");
});

test("defaults are those of the table", () => {
  const { load, deadlineMs, idleTimeoutMs, schemaInPrompt, validate } = normaliseOptions({});
  const values: Record<string, unknown> = { ...load, deadlineMs, idleTimeoutMs, schemaInPrompt, validate };
  for (const name of OPTION_NAMES) {
    const option = engineOption(name);
    if (option.load || name in values) expect([name, values[name]]).toEqual([name, option.default]);
  }
});

test.each(OPTION_NAMES)("%s rejects what it does not take, by name", (name) => {
  const { kind } = ENGINE_OPTIONS[name];
  const wrong =
    kind === "integer" ? 1.5 : kind === "boolean" ? "yes" : kind === "choice" ? "no word of it" : 1;
  expect(() => normaliseOptions({ [name]: wrong } as EngineOptions)).toThrow(new RegExp(`^${name} must be`));
});

test("the command line has every option with a flag, and names no two alike", () => {
  const flags = OPTION_NAMES.filter((name) => engineOption(name).flag !== undefined);
  const settings = Object.keys({ ...engineSettings, ...serveSettings });
  for (const name of flags) expect(settings).toContain(engineOption(name).key ?? name);
  expect(new Set(settings.map(variableOf)).size).toBe(settings.length);
});

test("the page of the documents is made from the table", async () => {
  await expect(optionsPage()).toMatchFileSnapshot("../../../docs/engine-options.md");
});
