import { describe, expect, test } from "vitest";
import { compileSchema } from "../../../constraint/index.js";
import type { JsonSchema } from "../../../types.js";
import { validateDocument } from "../../validate/index.js";
import { DocumentFollower } from "./follower.js";
import { GrammarThread } from "./thread.js";

const PERSON = {
  type: "object",
  properties: { name: { type: "string" }, tags: { type: "array", items: { enum: ["ä", "b"] }, minItems: 1 } },
  required: ["name", "tags"],
  additionalProperties: false,
};

function follow(schema: JsonSchema, ...pieces: string[]) {
  const follower = new DocumentFollower(compileSchema(schema, { propertyOrder: "any" }));
  return { follower, taken: pieces.map((piece) => follower.push(piece)) };
}

describe("following a document", () => {
  test("says how far it is the beginning of a valid one", () => {
    const { follower, taken } = follow(PERSON, '{ "tags" : ["ä', '"], "name": "Zoë 🦊"', " }");
    expect(taken.join("")).toBe('{ "tags" : ["ä"], "name": "Zoë 🦊" }');
    expect(follower.lost).toBe(false);
    expect(follower.close()).toBe("");
  });

  test("stops at the first character that leads nowhere, and for good", () => {
    const { follower, taken } = follow(PERSON, '{"name":"A","tags":["x"', "]}");
    expect(taken).toEqual(['{"name":"A","tags":["', ""]);
    expect(follower.lost).toBe(true);
    expect(follower.close()).toBeUndefined();
  });

  test("goes no further than the end", () => {
    const { follower, taken } = follow({ type: "boolean" }, "true", "{}");
    expect(taken).toEqual(["true", ""]);
    expect(follower.lost).toBe(true);
  });

  test("puts the halves of a character together", () => {
    const { follower, taken } = follow({ type: "string" }, '"\ud83e', '\udd8a"');
    expect(taken).toEqual(['"', '🦊"']);
    expect(follower.close()).toBe("");
  });

  test("closes a document wherever it was cut", async () => {
    const whole = '{"name":"Zoë \\n 🦊","tags":["ä","b"]}';
    const characters = [...whole];
    for (let cut = 0; cut <= characters.length; cut++) {
      const begun = characters.slice(0, cut).join("");
      const { follower } = follow(PERSON, begun);
      const rest = follower.close();
      expect(rest, begun).toBeDefined();
      expect(await validateDocument(PERSON, begun + rest), begun + rest).toMatchObject({ valid: true });
    }
  });
});

describe("in the thread", () => {
  test("schemas are made ready for a server, refusals keep their pointer", async () => {
    const thread = new GrammarThread();
    const facts = await thread.prepare(
      { schemaText: JSON.stringify({ ...PERSON, minProperties: 2 }) },
      "vllm",
      2_000,
    );
    expect(facts).toMatchObject({ enforced: false });
    expect(JSON.parse(facts.sent)).toMatchObject({ required: ["name", "tags"] });
    expect(facts.instruction).toContain("minProperties");
    expect(await thread.prepare({ schemaText: "true" }, "formwork", 2_000)).toEqual({
      sent: "{}",
      enforced: true,
      instruction: "",
    });
    await expect(
      thread.prepare({ schemaText: '{"properties":{"a":{"type":7}}}' }, "vllm", 2_000),
    ).rejects.toMatchObject({
      code: "invalid_schema",
      pointer: expect.stringContaining("/properties/a"),
    });
  });

  test("many documents are followed side by side", async () => {
    const thread = new GrammarThread();
    const text = JSON.stringify(PERSON);
    const documents = Array.from({ length: 20 }, () => thread.follow({ schemaText: text }, 2_000));
    const rests = await Promise.all(
      documents.map(async (document, index) => {
        await document.push('{"name":"');
        await document.push("x".repeat(index));
        return await document.close();
      }),
    );
    expect(new Set(rests).size).toBe(1);
    expect(rests[0]).toMatch(/^"\s*,\s*"tags"/);
    for (const document of documents) document.release();
  });
});
