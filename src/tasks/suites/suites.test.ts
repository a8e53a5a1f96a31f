import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../types.js";
import { codeSchema } from "../code.js";
import { irSchema } from "../ir.js";
import { isCorrect } from "../judge/judgement.js";
import { classification } from "./classification.js";
import { extraction } from "./extraction.js";
import { builtInSuite, SUITES } from "./index.js";

function validator(schema: unknown) {
  const old = JSON.stringify(schema).includes("draft-07");
  const ajv = old ? new Ajv({ strict: false }) : new Ajv2020({ strict: false });
  addFormats.default(ajv);
  return ajv.compile(schema as object);
}

describe("the built-in suites", () => {
  it("have unique names and cases", () => {
    expect(new Set(SUITES.map((suite) => suite.name)).size).toBe(SUITES.length);
    for (const suite of SUITES) {
      expect(new Set(suite.cases.map((one) => one.id)).size).toBe(suite.cases.length);
      for (const one of suite.cases) expect(one.suite).toBe(suite.name);
    }
  });

  it("hold the functions that were asked for and twelve more", () => {
    const names = (name: string): string[] => [
      ...new Set(builtInSuite(name).cases.map((one) => one.id.split(".")[0])),
    ];
    expect(names("ir-simple")).toEqual(["add_numbers", "multiply", "string_length", "max_of_two", "is_even"]);
    expect(names("ir-medium")).toHaveLength(12);
  });

  it("an unknown name lists the known ones", () => {
    expect(() => builtInSuite("nope")).toThrow(/ir-simple, ir-medium, extraction/);
  });

  it("have schemas that a validator takes", () => {
    for (const suite of SUITES) {
      for (const one of suite.cases)
        expect(typeof validator(one.steps[0].request([]).schema)).toBe("function");
    }
    expect(typeof validator(irSchema)).toBe("function");
    expect(typeof validator(codeSchema("python"))).toBe("function");
  });
});

describe("the reference answers", () => {
  const answered = SUITES.flatMap((suite) => suite.cases).filter((one) => one.reference !== undefined);

  it("are there for every case but those of the schemas suite", () => {
    const without = SUITES.flatMap((suite) => suite.cases).filter((one) => one.reference === undefined);
    expect(new Set(without.map((one) => one.suite))).toEqual(new Set(["schemas"]));
    expect([...extraction.cases, ...classification.cases].length).toBeGreaterThanOrEqual(30);
  });

  it("fit the schema of every step", () => {
    for (const one of answered) {
      const outputs: JsonValue[] = [];
      for (const [index, step] of one.steps.entries()) {
        const valid = validator(step.request(outputs).schema);
        expect(valid(one.reference![index]) || valid.errors, `${one.suite} ${one.id}`).toBe(true);
        outputs.push(one.reference![index]);
      }
    }
  });

  it.each(answered.map((one) => [`${one.suite} ${one.id}`, one] as const))(
    "%s is judged right",
    async (_, one) => {
      const judgement = await one.judge(one.reference!);
      expect(judgement.detail).toBe("");
      expect(isCorrect(judgement)).toBe(true);
    },
  );
});
