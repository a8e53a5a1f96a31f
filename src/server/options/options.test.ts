import { expect, expectTypeOf, test } from "vitest";
import { command } from "../../cli/commands/server/serve.js";
import { DEFAULT_SERVER_CONFIG, type ServerConfig } from "../config.js";
import { SERVER_OPTION_ENTRIES } from "./index.js";
import { serverOptionsPage } from "./testing/page.js";

test("types and defaults follow from the table", () => {
  expectTypeOf<ServerConfig["apiKeys"]>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<ServerConfig["drainMs"]>().toEqualTypeOf<number>();
  for (const [name, option] of SERVER_OPTION_ENTRIES)
    expect(DEFAULT_SERVER_CONFIG[name]).toEqual(option.default);
});

test("serve has every option with a flag", () => {
  for (const [name, { key = name, flag }] of SERVER_OPTION_ENTRIES) {
    if (flag !== undefined) expect(command.settings).toHaveProperty(key);
  }
});

test("the page of the documents is made from the table", async () => {
  await expect(serverOptionsPage()).toMatchFileSnapshot("../../../docs/server-options.md");
});
