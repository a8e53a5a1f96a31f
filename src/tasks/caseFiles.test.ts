import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { JsonValue } from "../types.js";
import { caseFromFile, readSuite } from "./caseFiles.js";

const folders: string[] = [];
async function folderOf(files: Record<string, unknown>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "formwork-cases-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

const ir = {
  intent: "Double it.",
  signature: { name: "double", parameters: [{ name: "x", type: "integer" }], returns: "integer" },
  effects: [],
  assertions: [{ kind: "after", text: "twice x" }],
};

describe("readSuite", () => {
  it("reads *.case.json by name, names the suite after the folder and leaves other files alone", async () => {
    const folder = await folderOf({
      "b.case.json": {
        prompt: "Colour of grass?",
        schema: { enum: ["green", "red"] },
        expect: { gold: "green" },
      },
      "a.case.json": { prompt: "Anything", schema: true, system: "Be brief.", max_tokens: 9 },
      "notes.json": "not a case",
    });
    const suite = await readSuite(folder);
    expect(suite.name).toBe(basename(folder));
    expect(suite.cases.map((one) => one.id)).toEqual(["a", "b"]);
    expect(suite.cases[0].steps[0].request([])).toEqual({
      prompt: "Anything",
      schema: true,
      system: "Be brief.",
      maxTokens: 9,
    });
    expect(await suite.cases[0].judge([1])).toMatchObject({ correctness: undefined });
    expect(await suite.cases[1].judge(["green"])).toMatchObject({ correctness: 1 });
    expect(await suite.cases[1].judge(["red"])).toMatchObject({ correctness: 0 });
  });

  it("takes a pipeline: the second step sees the document of the first, and the code is run", async () => {
    const steps = [
      { task: "ir", prompt: "Double an integer." },
      { task: "code", language: "python" },
    ];
    const one = caseFromFile(
      { steps, expect: { tests: [{ arguments: [4], returns: 8 }] } },
      "own",
      "double",
      "double.case.json",
    );
    const request = one.steps[1].request([ir]);
    expect(request.prompt).toContain("def double(x: int) -> int:");
    const document = {
      language: "python",
      name: "double",
      parameters: [{ name: "x", type: "int" }],
      returns: "int",
    };
    expect(await one.judge([ir, { ...document, body: ["return x * 2"] }])).toMatchObject({ correctness: 1 });
    expect(await one.judge([ir, { ...document, body: ["return x"] }])).toMatchObject({ correctness: 0 });
    expect(() => one.steps[1].request(["no IR"] as JsonValue[])).toThrow(/no IR/);
  });

  it("judges signatures", async () => {
    const one = caseFromFile(
      { task: "ir", prompt: "Double.", expect: { signature: ir } },
      "own",
      "ir",
      "ir.case.json",
    );
    expect(await one.judge([ir as JsonValue])).toEqual({ completeness: 1, correctness: 1, detail: "" });
    const wrong = structuredClone(ir);
    wrong.signature.returns = "number";
    wrong.intent = " ";
    const judgement = await one.judge([wrong as JsonValue]);
    expect(judgement.detail).toBe("it returns number, not integer");
    expect(judgement.completeness).toBeCloseTo(2 / 3);
    expect(judgement.correctness).toBeCloseTo(4 / 5);
  });

  it.each([
    ["", [1], /a case must be an object/],
    ["/prompt", { schema: true }, /prompt must be a string/],
    ["/schema", { prompt: "x" }, /schema must be a JSON Schema/],
    ["/max_tokens", { prompt: "x", schema: true, max_tokens: 0 }, /an integer/],
    ["/task", { prompt: "x", task: "sing" }, /one of generate, ir, code/],
    ["/ir", { task: "code", language: "python" }, /give ir/],
    ["/steps/0/language", { steps: [{ task: "code", language: "cobol" }] }, /typescript, python/],
    ["/steps", { steps: [] }, /at least one step/],
    ["/expect", { prompt: "x", schema: true, expect: {} }, /one of gold, signature, tests/],
    ["/expect/tests/0", { prompt: "x", schema: true, expect: { tests: [1] } }, /arguments/],
  ])("refuses a fault at %j by file and pointer", async (pointer, content, message) => {
    const folder = await folderOf({ "faulty.case.json": content });
    const failure = await readSuite(folder).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(failure).toMatchObject({ code: "wrong_usage", pointer });
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain("faulty.case.json");
  });

  it("refuses a folder without cases, one that is not there, and a file that is no JSON", async () => {
    await expect(readSuite(await folderOf({}))).rejects.toThrow(/no \*\.case\.json/);
    await expect(readSuite(join(tmpdir(), "formwork-not-there"))).rejects.toThrow(/Cannot read/);
    await expect(readSuite(await folderOf({ "x.case.json": "{" }))).rejects.toThrow(/is not JSON/);
  });
});
