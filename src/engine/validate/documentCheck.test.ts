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
