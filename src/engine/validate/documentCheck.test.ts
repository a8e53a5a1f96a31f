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
