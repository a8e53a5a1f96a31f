import { expect, test } from "vitest";
import { compileSchema } from "./compile.js";

test.each([10, 4095, 4096, 4097, 9000])("texts of %i bytes are compared whole", (length) => {
  const grammar = compileSchema({ type: "array", uniqueItems: true });
  const text = "x".repeat(length - 1);
  expect(grammar.accepts(JSON.stringify([`${text}a`, `${text}b`]))).toBe(true);
  expect(grammar.accepts(JSON.stringify([`${text}a`, `${text}a`]))).toBe(false);
  expect(grammar.accepts(JSON.stringify([`a${text}`, `b${text}`]))).toBe(true);
});
