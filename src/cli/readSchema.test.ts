import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readDocuments, readSchema } from "./readSchema.js";
import type { Terminal } from "./terminal/terminal.js";

const folder = mkdtempSync(join(tmpdir(), "formwork-schema-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const terminal = { workingFolder: folder, readStdin: async () => '{"const":1}' } as unknown as Terminal;

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

describe("a schema", () => {
  test.each([
    ["a file", file("a.json", '{ "const": 1.50 }'), '{ "const": 1.50 }'],
    ["standard input", "-", '{"const":1}'],
    ["itself", '{"type":"string"}', '{"type":"string"}'],
  ])("from %s is the text as written", async (_, named, text) => {
    expect(await readSchema(named, terminal)).toBe(text);
  });

  test("with a member twice is rejected, as servers reject it", async () => {
    const twice = file("twice.json", '{"properties":{"a":{"type":"string","type":"integer"}}}');
    await expect(readSchema(twice, terminal)).rejects.toMatchObject({
      ...{ code: "invalid_schema", pointer: "/properties/a/type" },
      message: expect.stringContaining("twice.json has a member more than once"),
    });
  });
});

describe("documents", () => {
  test("are texts by URI", async () => {
    const good = file("documents.json", '{"https://a.example/b":{"type":"integer"}}');
    expect(await readDocuments(good, terminal)).toEqual({ "https://a.example/b": '{"type":"integer"}' });
    expect(await readDocuments(undefined, terminal)).toBeUndefined();
  });

  test.each([
    ["{,}", "is not valid JSON"],
    ['{"u":{"a":1,"a":2}}', "The member at /u/a is given more than once"],
    ["[]", "must hold an object of schemas"],
  ])("%s is rejected", async (text, message) => {
    await expect(readDocuments(file("bad.json", text), terminal)).rejects.toMatchObject({
      ...{ code: "wrong_usage", message: expect.stringContaining(message) },
    });
  });
});
