import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { DocumentCheck } from "./documentCheck.js";

const schemaText = (number: number): string =>
  JSON.stringify({
    type: "object",
    properties: { answer: { enum: ["yes", `see ${number}`] } },
    required: ["answer"],
  });

it("forgets schemas that nobody uses any more, whatever the validator keeps of them", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const check = new DocumentCheck();
  let number = 0;
  const heapAfter = async (count: number): Promise<number> => {
    for (; number < count; number++) {
      const source = { schemaText: schemaText(number) };
      expect((await check.check(source, `{"answer":"see ${number}"}`)).valid).toBe(true);
      expect(await check.check(source, `{"answer":"see ${number + 1}"}`)).toMatchObject({
        valid: false,
        pointer: "/answer",
      });
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  // Both times equally long after all began anew. Each schema leaves some 6 KB behind in its validator.
  const before = await heapAfter(1100);
  expect((await heapAfter(1100 + 1024)) - before).toBeLessThan(3e6);
});

it.each(["", "a", "0", "length", "__proto__", "constructor", "toString", "hasOwnProperty", "é", "a/b~c"])(
  "misses a member named %j wherever one is required",
  async (name) => {
    const check = new DocumentCheck();
    const here = `{${JSON.stringify(name)}: 1, "other": 1}`;
    const key = JSON.stringify(name);
    const schemas = [
      `{"required": [${key}]}`,
      `{"required": ["other", ${key}]}`,
      `{"properties": {${key}: {}}, "required": [${key}]}`,
      `{"allOf": [{"properties": {"other": true}}, {"required": [${key}]}]}`,
      `{"dependentRequired": {"other": [${key}]}}`,
      `{"dependentSchemas": {"other": {"required": [${key}]}}}`,
      `{"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"other": [${key}]}}`,
      `{"$schema": "http://json-schema.org/draft-04/schema#", "not": {"not": {"required": [${key}]}}}`,
    ];
    for (const schemaText of schemas) {
      const verdicts = [here, '{"other": 1}'].map(
        async (text) => (await check.check({ schemaText }, text)).valid,
      );
      expect([schemaText, ...(await Promise.all(verdicts))]).toEqual([schemaText, true, false]);
    }
  },
);

it.each<[schema: string, document: string, valid: boolean]>([
  ['{"items":{"contains":{"const":1}}}', "[[1],[]]", false],
  ['{"additionalProperties":{"contains":{"const":1}}}', '{"a":[1],"b":[]}', false],
  ['{"items":{"oneOf":[{"contains":{"const":1}},{"maxItems":0}]}}', "[[1],[]]", true],
  ['{"items":{"if":{"contains":{"const":1}},"then":{"minItems":1},"else":{"maxItems":0}}}', "[[1],[]]", true],
  ['{"prefixItems":[{"type":"integer"}],"contains":{"const":false}}', "[]", false],
  ['{"prefixItems":[true,{"type":"integer"}],"minContains":2,"contains":{"const":1}}', "[1]", false],
  [
    '{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"integer"}],"contains":{"const":1}}',
    "[]",
    false,
  ],
])("judges an empty or short array by itself: %s, %s", async (schemaText, document, valid) => {
  expect((await new DocumentCheck().check({ schemaText }, document)).valid).toBe(valid);
});

const D4 = '"$schema": "http://json-schema.org/draft-04/schema#"';
const ELSEWHERE = "http://example.com/whole";

// In draft 4 `1.0` is no integer, and keywords are keywords in whatever spelling and whichever document.
it.each<[name: string, schemaText: string, documents: Record<string, string>]>([
  ["here", `{${D4}, "type": "integer"}`, {}],
  ["with escapes", `{${D4}, "type": "\\u0069nteger"}`, {}],
  ["in a document", `{${D4}, "allOf": [{"$ref": "${ELSEWHERE}"}]}`, { [ELSEWHERE]: '{"type": "integer"}' }],
  [
    "in a document behind an escaped reference",
    `{${D4}, "allOf": [{"$ref": "http:\\/\\/example.com\\/\\u0077hole"}]}`,
    { [ELSEWHERE]: `{${D4}, "type": "integer"}` },
  ],
])("tells integers of draft 4 from other numbers: %s", async (_, schemaText, documents) => {
  const check = new DocumentCheck();
  const verdicts = ["4", "4.0", "4e0", "4.5"].map(
    async (text) => (await check.check({ schemaText, documents }, text)).valid,
  );
  expect(await Promise.all(verdicts)).toEqual([true, false, false, false]);
});
