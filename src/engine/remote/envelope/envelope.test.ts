import { describe, expect, it } from "vitest";
import { compileSchema } from "../../../constraint/index.js";
import type { ChatMessage, Tool } from "../../../types.js";
import type { GenerateRequest, ToolSettings } from "../../engine.js";
import { validateDocument } from "../../validate/index.js";
import { LLAMA_SERVER, OPENAI, SGLANG, VLLM } from "../relax/capabilities.js";
import { relaxSchema } from "../relax/relax.js";
import { requestFor } from "../testing/wire.js";
import { envelopeOf, spellHistory } from "./envelope.js";

const TREE: Tool = {
  name: "plant",
  description: "Plants a tree.",
  parameters: JSON.stringify({
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: { tree: { $ref: "#/definitions/node" }, sort: { const: { $ref: "#" } } },
    required: ["tree"],
    definitions: {
      node: {
        type: "object",
        properties: { children: { type: "array", items: { $ref: "#/definitions/node" }, maxItems: 2 } },
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  }),
};
const NAMED: Tool = {
  name: "named",
  parameters: JSON.stringify({
    $id: "https://example.com/named.json",
    type: "object",
    properties: { self: { $ref: "#" }, n: { $ref: "#/$defs/n" } },
    $defs: { n: { type: "integer", maximum: 3 } },
    additionalProperties: false,
  }),
};

function envelope(tools: Partial<ToolSettings>, more: Partial<GenerateRequest> = {}) {
  const settings: ToolSettings = { tools: [TREE, NAMED], choice: "auto", parallel: true, ...tools };
  return envelopeOf(requestFor(true, { format: { kind: "text" }, tools: settings, ...more }), "vllm")!;
}

const call = (name: string, value: unknown) =>
  JSON.stringify({ reply: { calls: [{ name, arguments: value }] } });
const judge = (text: string, one = envelope({})) => {
  const verdict = validateDocument(JSON.parse(one.source.schemaText), text);
  return verdict.then(({ valid }) => valid);
};

describe("the schema of an envelope", () => {
  it("holds each call to its tool, references and all", async () => {
    expect(await judge(call("plant", { tree: { children: [{ children: [] }] } }))).toBe(true);
    expect(await judge(call("plant", { tree: { children: [{ fruit: 1 }] } }))).toBe(false);
    expect(await judge(call("plant", { tree: {}, sort: { $ref: "#" } }))).toBe(true);
    expect(await judge(call("named", { self: { self: { n: 3 } } }))).toBe(true);
    expect(await judge(call("named", { self: { self: { n: 4 } } }))).toBe(false);
    expect(await judge(call("other", {}))).toBe(false);
    expect(await judge('{"reply":{"answer":"Hello"}}')).toBe(true);
    expect(await judge('{"reply":{"calls":[]}}')).toBe(false);
  });

  it("asks for calls where they are required, and for one where there may be one", async () => {
    const required = envelope({ choice: "required" });
    expect(await judge('{"reply":{"answer":"Hello"}}', required)).toBe(false);
    const twice = JSON.stringify({ reply: { calls: [1, 2].map(() => ({ name: "named", arguments: {} })) } });
    expect(await judge(twice, required)).toBe(true);
    expect(await judge(twice, envelope({ parallel: false }))).toBe(false);
    const named = envelope({ choice: { name: "named" } });
    expect(await judge(call("named", {}), named)).toBe(true);
    expect(await judge(call("plant", { tree: {} }), named)).toBe(false);
  });

  it("compiles, and is enforced by every server", () => {
    const { schemaText } = envelope({}).source;
    expect(compileSchema(schemaText).accepts(call("plant", { tree: {} }))).toBe(true);
    const simple = {
      ...TREE,
      parameters:
        '{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"],"additionalProperties":false}',
    };
    const plain = envelope({ tools: [simple, { ...simple, name: "other" }] }).source.schemaText;
    for (const capabilities of [VLLM, SGLANG, LLAMA_SERVER, OPENAI])
      expect(relaxSchema(JSON.parse(plain), capabilities).relaxed).toEqual([]);
  });

  it("holds an answer to the request's own format", async () => {
    const choice = envelope({}, { format: { kind: "choice", choices: ["yes", "no"] } });
    expect(await judge('{"reply":{"answer":"yes"}}', choice)).toBe(true);
    expect(await judge('{"reply":{"answer":"maybe"}}', choice)).toBe(false);
    const regex = envelope({}, { format: { kind: "regex", pattern: "a|b+" } });
    expect(await judge('{"reply":{"answer":"bb"}}', regex)).toBe(true);
    expect(await judge('{"reply":{"answer":"ab"}}', regex)).toBe(false);
    const document = envelope(
      {},
      { format: undefined as never, schema: '{"type":"array","items":{"type":"null"}}' },
    );
    expect(await judge('{"reply":{"answer":[null]}}', document)).toBe(true);
    expect(await judge('{"reply":{"answer":[1]}}', document)).toBe(false);
  });
});

describe("a check of an envelope", () => {
  it("goes by the caller's own schemas", async () => {
    const seen: string[] = [];
    const one = envelope({});
    const verdict = await one.check(call("plant", { tree: {} }), async ({ schemaText }, text) => {
      seen.push(schemaText, text);
      return { valid: false, pointer: "/tree", message: "no" };
    });
    expect(verdict).toMatchObject({ valid: false });
    expect(seen).toEqual([TREE.parameters, '{"tree":{}}']);
  });
});

describe("a conversation", () => {
  it("tells of tools and of past calls in words", () => {
    const messages: ChatMessage[] = [
      { role: "user", content: "Plant two trees." },
      {
        role: "assistant",
        content: "",
        toolCalls: [1, 2].map((n) => ({ id: `${n}`, name: "plant", arguments: '{"tree":{}}' })),
      },
      { role: "tool", content: "done", toolCallId: "1" },
      { role: "tool", content: "failed", toolCallId: "2" },
    ];
    const spelled = envelope({}).messages(spellHistory(messages), "");
    expect(spelled.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
    expect(spelled[0].content).toContain("Plants a tree.");
    expect(JSON.parse(spelled[2].content)).toEqual({
      reply: { calls: [1, 2].map(() => ({ name: "plant", arguments: { tree: {} } })) },
    });
    expect(spelled[3].content).toBe(
      "<tool_response>\ndone\n</tool_response>\n<tool_response>\nfailed\n</tool_response>",
    );
  });
});
