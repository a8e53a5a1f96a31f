import { expect, test } from "vitest";
import { remoteSettings } from "./remote.js";

test("a client sends one key, the first of those that a server takes under the same name", () => {
  const { apiKey } = remoteSettings;
  expect(apiKey.readText("first,second")).toBe("first");
  expect(apiKey.readText("only")).toBe("only");
  expect(apiKey.readText("")).toBeUndefined();
  expect(apiKey.readJson("only")).toBe("only");
  expect(apiKey.readJson(["first", "second"])).toBe("first");
  expect(() => apiKey.readJson([1])).toThrow();
});
