import { expect, test } from "vitest";
import { compileSchema } from "../../constraint/index.js";
import { byteVocabulary } from "../../runtime/index.js";
import { argumentsSchema } from "./argumentsSchema.js";

const vocabulary = byteVocabulary([]);

/** Whether arguments with a member are valid, and whether a model may write them. */
function withMember(parameters: unknown, additionalMembers: "closed" | "schema"): boolean[] {
  const schema = JSON.parse(argumentsSchema(JSON.stringify(parameters)));
  const grammar = compileSchema(schema, { additionalMembers });
  const matcher = grammar.matcher(vocabulary);
  const text = '{"a":1}';
  const isWritten = [...Buffer.from(text)].every((byte) => matcher.accept(byte));
  expect(grammar.accepts("{}")).toBe(true);
  expect(grammar.accepts("1")).toBe(false);
  return [grammar.accepts(text), isWritten];
}

test.each([[true], [{}], [{ type: "object" }], [{ type: "object", description: "None.", $comment: "x" }]])(
  "%j names no parameters: the object is empty, unless members of the model's own are asked for",
  (parameters) => {
    expect(withMember(parameters, "closed")).toEqual([true, false]);
    expect(withMember(parameters, "schema")).toEqual([true, true]);
  },
);

test.each([
  [{ additionalProperties: true }],
  [{ type: "object", additionalProperties: { type: "integer" } }],
  [{ type: "object", propertyNames: { minLength: 1 } }],
  [{ minProperties: 1 }],
])("%j asks for members", (parameters) => {
  const schema = JSON.parse(argumentsSchema(JSON.stringify(parameters)));
  const matcher = compileSchema(schema, { additionalMembers: "closed" }).matcher(vocabulary);
  expect([...Buffer.from('{"a":1}')].every((byte) => matcher.accept(byte))).toBe(true);
});
