import { expect, test } from "vitest";
import { LimitError } from "../errors.js";
import { Fuel } from "./fuel.js";

function limitOf(run: () => void): string | undefined {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(LimitError);
    return `${(error as LimitError).code} ${(error as LimitError).limit}`;
  }
  return undefined;
}

test("compiling and each step have work of their own", () => {
  const fuel = new Fuel({ compileWork: 10, stepWork: 3, memoryBytes: 100 });
  expect(limitOf(() => fuel.spend(10))).toBeUndefined();
  expect(limitOf(() => fuel.spend(1))).toBe("schema_too_large compileWork");
  for (let step = 0; step < 3; step++) {
    fuel.beginStep();
    expect(limitOf(() => fuel.spend(3))).toBeUndefined();
    expect(limitOf(() => fuel.spend(1))).toBe("step_limit stepWork");
  }
});

test("memory is counted over all steps, and given back", () => {
  const fuel = new Fuel({ compileWork: 1, stepWork: 1, memoryBytes: 100 });
  fuel.hold(60);
  fuel.beginStep();
  expect(limitOf(() => fuel.hold(60))).toBe("schema_too_large memoryBytes");
  fuel.release(60);
  expect(fuel.held).toBe(60);
});
