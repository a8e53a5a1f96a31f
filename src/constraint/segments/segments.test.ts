import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Vocabulary } from "../../vocabulary/index.js";
import type { Grammar } from "../grammar.js";
import type { Matcher } from "../matcher.js";
import { compileChoice, compileRegex, compileSegments } from "./compile.js";
import type { Segment } from "./segments.js";

const encoder = new TextEncoder();
const WORDS = [
  ...[
    "<call>",
    "</call>",
    "<c",
    "all>",
    'l>{"',
    "ll>\n",
    '{"name": "',
    '", "arguments": ',
    "}</",
    "}\n</call>",
  ],
  ...[
    "<think>",
    "</think>",
    "</th",
    "ink>",
    "k>{",
    "get",
    "_time",
    "wea",
    'ther"',
    "true",
    "é",
    "hello ",
    "[C]",
  ],
  ...['{"', '":', '"}', "1}", "]", ", ", "[C][", "a1", "b2", "yes", "no"],
];
const CONTROL = ["[C]", "</think>", "<|end|>"];

function vocabulary(control: readonly string[] = CONTROL): Vocabulary {
  const tokens = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  for (const word of WORDS) tokens.push(encoder.encode(word));
  const emoji = encoder.encode("💩");
  tokens.push(emoji.slice(0, 2), emoji.slice(1), emoji.slice(2));
  const special = control.map((_, i) => tokens.length + i);
  for (const text of control) tokens.push(encoder.encode(text));
  return new Vocabulary({ tokens, special, eos: tokens.length - 1 });
}

const CITY = {
  type: "object",
  properties: { n: { enum: [1, 2] } },
  required: ["n"],
  additionalProperties: false,
};
const EMPTY = { type: "object", additionalProperties: false };
const CALL: Segment[] = [
  { kind: "literal", text: '\n{"name": "' },
  {
    kind: "oneOf",
    of: [
      [
        { kind: "literal", text: 'get_weather", "arguments": ' },
        { kind: "document", schema: CITY },
      ],
      [
        { kind: "literal", text: 'get_time", "arguments": ' },
        { kind: "document", schema: EMPTY },
      ],
    ],
  },
  { kind: "literal", text: "}\n" },
  { kind: "literal", text: "</call>", isTag: true },
];
const AUTO: Segment = { kind: "tagged", tags: [{ opening: "<call>", then: CALL }], repeated: true };
const LIST: Segment[] = [
  {
    kind: "tagged",
    tags: [
      {
        opening: "[C]",
        then: [
          { kind: "literal", text: "[" },
          {
            kind: "repeat",
            of: [{ kind: "document", schema: CITY }],
            separator: ", ",
            closing: "]",
          },
        ],
      },
    ],
    repeated: false,
  },
];

const NUMBERS = {
  anyOf: [
    { type: "number", minimum: 3 },
    { type: "array", items: { enum: [1, 12] } },
  ],
};
/** A number ends without a byte of its own: white space behind it is the text's here, not the document's. */
const NUMBER_AND_TEXT: Segment[] = [
  { kind: "document", schema: NUMBERS },
  { kind: "literal", text: " \n yes" },
];

const GRAMMARS: Record<string, Grammar> = {
  text: compileSegments([{ kind: "text" }]),
  regex: compileRegex("[ab]+[0-9]{2}|yes|é."),
  choice: compileChoice(["yes", "yes please", "no", "é"]),
  auto: compileSegments([AUTO]),
  list: compileSegments(LIST),
  start: compileSegments([
    {
      kind: "tagged",
      tags: [
        { opening: '{"name": "', onlyAtStart: true, then: [{ kind: "literal", text: 'a"}' }] },
        { opening: "[C]", then: [{ kind: "document", schema: EMPTY }] },
      ],
      repeated: false,
    },
  ]),
  thinking: compileSegments([
    { kind: "literal", text: "<think>\n", isTag: true },
    { kind: "text", until: "</think>", maxTokens: 12 },
    { kind: "literal", text: "\n" },
    { kind: "document", schema: CITY },
  ]),
  documentOrCalls: compileSegments([
    { kind: "documentOrTagged", schema: CITY, tags: [{ opening: "<call>", then: CALL }] },
  ]),
  number: compileSegments(NUMBER_AND_TEXT),
  compactNumber: compileSegments(NUMBER_AND_TEXT, { maxWhitespace: 0 }),
  oneSpace: compileSegments(NUMBER_AND_TEXT, { maxWhitespace: 1 }),
  numberOrMore: compileSegments(
    [{ kind: "oneOf", of: [NUMBER_AND_TEXT, [{ kind: "document", schema: NUMBERS }]] }],
    { maxWhitespace: 2 },
  ),
  numberAndTag: compileSegments([
    { kind: "document", schema: NUMBERS },
    { kind: "literal", text: "</think>", isTag: true },
  ]),
};

describe("segments", () => {
  it("take whole texts and nothing else", () => {
    const { regex, choice, auto, list, start, thinking, documentOrCalls } = GRAMMARS;
    expect(["ab12", "yes", "éz", "é💩"].map((text) => regex.accepts(text))).toEqual([true, true, true, true]);
    expect(["ab1", "xyes", "yes ", "éab", ""].some((text) => regex.accepts(text))).toBe(false);
    expect(["yes", "yes please", "no", "é"].every((text) => choice.accepts(text))).toBe(true);
    expect(["yes p", "yesno", " no"].some((text) => choice.accepts(text))).toBe(false);
    const call = '<call>\n{"name": "get_weather", "arguments": {"n": 1}}\n</call>';
    for (const text of ["", "just text <cal", `a${call}`, `${call}${call}`, `${call}\nmore`])
      expect(auto.accepts(text)).toBe(true);
    for (const text of ["<call>", '<call>\n{"name": "other"', call.replace("1", "3"), call.slice(0, -1)])
      expect(auto.accepts(text)).toBe(false);
    expect(list.accepts('so: [C][{"n":1}, {"n":2}]')).toBe(true);
    expect(list.accepts('[C][{"n":1}] more')).toBe(false);
    expect(start.accepts('{"name": "a"}')).toBe(true);
    expect(start.accepts('{"name": "b"}')).toBe(false);
    expect(start.accepts('so {"name": "b"} [C]{}')).toBe(true);
    expect(thinking.accepts('<think>\nhm </thin</think>\n{"n":1}')).toBe(true);
    expect(documentOrCalls.accepts('{"n":2}')).toBe(true);
    expect(documentOrCalls.accepts(call)).toBe(true);
    expect(documentOrCalls.accepts("text")).toBe(false);
    for (const grammar of [GRAMMARS["number"], GRAMMARS["compactNumber"], GRAMMARS["oneSpace"]]) {
      for (const text of ["12 \n yes", "5e20 \n yes", "[12,1] \n yes"])
        expect(grammar.accepts(text)).toBe(true);
      for (const text of ["12\n yes", "12  \n yes", "12", "[12,1]  \n yes"])
        expect(grammar.accepts(text)).toBe(false);
    }
  });

  it("are masked by exactly the tokens that can follow, and can always be ended", () => {
    for (const control of [CONTROL, ["<|end|>"]]) {
      const words = vocabulary(control);
      for (const [name, grammar] of Object.entries(GRAMMARS)) {
        fc.assert(
          fc.property(fc.infiniteStream(fc.nat()), (choices) => {
            const matcher = grammar.matcher(words);
            const mask = new Uint32Array(words.maskWords);
            for (let step = 0; step < 40 && !matcher.mustEnd; step++) {
              matcher.fillMask(mask);
              const allowed: number[] = [];
              for (let token = 0; token < words.size; token++) {
                const isAllowed = ((mask[token >>> 5] >>> (token & 31)) & 1) === 1;
                const isTaken = matcher.accept(token);
                if (isTaken) matcher.rollback(1);
                if (isAllowed !== isTaken) throw new Error(`${name}: token ${token} ${isAllowed}/${isTaken}`);
                if (isAllowed && token !== words.eos) allowed.push(token);
              }
              // Words more often than bytes, so that tags are met.
              const picked = choices.next().value as number;
              const longer = allowed.filter((token) => token >= 256);
              const from = picked % 3 > 0 && longer.length > 0 ? longer : allowed;
              expect(matcher.accept(from[picked % from.length])).toBe(true);
              expectEnd(matcher);
            }
          }),
          { numRuns: 25 },
        );
      }
    }
  });

  it("let a control token stand for a tag, and force it where a tag must follow", () => {
    const words = vocabulary();
    const token = words.size - 3;
    const thinking = GRAMMARS.thinking.matcher(words);
    for (const byte of encoder.encode("<think>\n[C]")) expect(thinking.accept(byte)).toBe(true);
    expect(thinking.accept(token)).toBe(false);
    const list = GRAMMARS.list.matcher(words);
    for (const byte of encoder.encode("well ")) expect(list.accept(byte)).toBe(true);
    expect(list.accept(token)).toBe(true);
    expect(list.accept(encoder.encode("{")[0])).toBe(false);
    expect(list.accept(encoder.encode("[")[0])).toBe(true);
    // Inside a document the same token is not text.
    const grammar = compileSegments([
      { kind: "documentOrTagged", schema: { type: "string" }, tags: [{ opening: "[C]", then: [] }] },
    ]);
    const document = grammar.matcher(words);
    expect(document.accept(encoder.encode('"')[0])).toBe(true);
    expect(document.accept(token)).toBe(false);
    expect([
      ...compileSegments([{ kind: "literal", text: "[C]", isTag: true }])
        .matcher(words)
        .forcedTokens(),
    ]).toEqual([token]);
  });

  it("close a limited text after its tokens, in the middle of a character too", () => {
    for (const control of [CONTROL, ["<|end|>"]]) {
      const words = vocabulary(control);
      for (const last of [0x61, 0xf0]) {
        const matcher = GRAMMARS.thinking.matcher(words);
        for (const byte of encoder.encode("<think>\n12345678901")) expect(matcher.accept(byte)).toBe(true);
        expect(matcher.accept(last)).toBe(true);
        const written: number[] = [];
        const mask = new Uint32Array(words.maskWords);
        for (;;) {
          matcher.fillMask(mask);
          const allowed = [...Array(words.size).keys()].filter((id) => (mask[id >>> 5] >>> (id & 31)) & 1);
          if (allowed.includes(0x7b) || matcher.mustEnd) break;
          written.push(allowed[0]);
          expect(matcher.accept(allowed[0])).toBe(true);
        }
        const text = new TextDecoder().decode(words.bytesOf([last, ...written]));
        expect(text).toMatch(/^(a|.)<\/think>\n$/u);
        matcher.rollback(written.length + 1);
        expect(matcher.accept(0x62)).toBe(true);
      }
    }
  });

  it("are refused where they cannot be told apart or met", () => {
    expect(() => compileChoice([])).toThrow(/No text/);
    expect(() => compileRegex("a(")).toThrow(expect.objectContaining({ code: "invalid_schema" }));
    expect(() => compileRegex("a)(b")).toThrow(expect.objectContaining({ code: "invalid_schema" }));
    expect(() => compileRegex("[^\\s\\S]")).toThrow(
      expect.objectContaining({ code: "unsatisfiable_schema" }),
    );
    expect(() =>
      compileSegments([
        { kind: "regex", pattern: "a*" },
        { kind: "document", schema: {} },
      ]),
    ).toThrow(expect.objectContaining({ code: "invalid_request" }));
    const tags = [{ opening: "[C]", then: [] }];
    expect(() => compileSegments([{ kind: "documentOrTagged", schema: { type: "array" }, tags }])).toThrow(
      /ambiguous/,
    );
    const schema = { type: "nonsense" };
    expect(() => compileSegments([{ kind: "document", schema, pointer: "/tools/0/parameters" }])).toThrow(
      expect.objectContaining({ pointer: expect.stringMatching(/^\/tools\/0\/parameters/) }),
    );
  });
});

function expectEnd(matcher: Matcher): void {
  const closing = matcher.closingTokens();
  expect(closing.length).toBe(matcher.tokensToEnd());
  let taken = 0;
  for (const token of closing) if (matcher.accept(token)) taken++;
  expect(taken).toBe(closing.length);
  expect(matcher.canEnd).toBe(true);
  matcher.rollback(taken);
}
