import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatMessage } from "../types.js";
import { chatRenderer } from "./chat.js";
import { ControlSpellings, type PromptTokenizer, promptTokens } from "./promptTokens.js";

const CONTROL = ["<|im_start|>", "<|im_end|>", "<s>", "</s>", "[INST]", "<|im_end|>!"];
const LIMIT = 4096;

/** Control tokens have negative ids, every other code unit is a token of its own. */
const tokenize = (text: string, parseSpecial: boolean): Int32Array => {
  const ids: number[] = [];
  for (let at = 0; at < text.length; ) {
    const found = parseSpecial ? CONTROL.find((spelling) => text.startsWith(spelling, at)) : undefined;
    ids.push(found === undefined ? text.charCodeAt(at) : -1 - CONTROL.indexOf(found));
    at += found?.length ?? 1;
  }
  return Int32Array.from(ids);
};

const tokenizer: PromptTokenizer = {
  start: (text) => tokenize(text, true),
  inside: tokenize,
  spellings: new ControlSpellings(CONTROL),
  longestToken: 12,
};

const textOf = (tokens: Int32Array): string =>
  [...tokens].map((id) => (id < 0 ? CONTROL[-1 - id] : String.fromCharCode(id))).join("");

const TEMPLATES = {
  chatMl: null,
  trimming:
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content | trim }}<|im_end|>\n{% endfor %}<|im_start|>",
  splitting:
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ (m.content.split('</s>') | last).lstrip('\n') }}<|im_end|>{% endfor %}",
  joining: "<s>{% for m in messages %}{{ m.content }}{% endfor %}</s>",
};

/** Spellings, parts of them and ordinary text. */
const callerText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...CONTROL),
      fc.constantFrom(
        "<|im_",
        "im_e",
        "nd|>",
        "end|>",
        "|im_end|>",
        "<",
        ">",
        "[IN",
        "ST]",
        "\n",
        " ",
        "a",
        "Grüße 🦊",
      ),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(""));

const conversation = fc
  .array(callerText, { minLength: 1, maxLength: 3 })
  .map((texts): ChatMessage[] => texts.map((content) => ({ role: "user", content })));

describe.each(Object.entries(TEMPLATES))("prompts by a template: %s", (_name, template) => {
  const { render } = chatRenderer({
    template,
    beginText: "<s>",
    endText: "</s>",
    addBegin: false,
    knowsChatMl: true,
  });
  /** How many control tokens the template itself writes. */
  const own = (count: number): number =>
    [
      ...tokenize(
        render(Array.from({ length: count }, () => ({ role: "user" as const, content: "?" }))),
        true,
      ),
    ].filter((id) => id < 0).length;

  it("have the control tokens of the template alone, and the text of all", () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const tokens = promptTokens(messages, render, tokenizer, LIMIT);
        expect([...tokens].filter((id) => id < 0).length).toBe(own(messages.length));
        // A template that cuts a control token out of a text meets its mark where it looks for white space.
        const exact = (text: string) => (template === TEMPLATES.splitting ? text.replace(/\s/g, "") : text);
        expect(exact(textOf(tokens))).toBe(exact(render(messages)));
      }),
      { numRuns: 500 },
    );
  });
});

it("tokenises ordinary text together with the template's, at once", () => {
  const texts: string[] = [];
  const { render } = chatRenderer({
    template: null,
    beginText: "",
    endText: "",
    addBegin: false,
    knowsChatMl: true,
  });
  const start = (text: string) => {
    texts.push(text);
    return tokenize(text, true);
  };
  const messages: ChatMessage[] = [{ role: "user", content: "2 < 3 and [1]" }];
  promptTokens(messages, render, { ...tokenizer, start }, LIMIT);
  expect(texts).toEqual([render(messages)]);
});

describe("a prompt without hope", () => {
  const render = (messages: readonly ChatMessage[]) => messages.map(({ content }) => content).join("");
  const asked = (content: string, counted: PromptTokenizer) => () =>
    promptTokens([{ role: "user", content }], render, counted, LIMIT);

  it("is refused before it is tokenised, or after as much of it as the context holds", () => {
    let read = 0;
    const inside = (text: string, parseSpecial: boolean) => {
      read += text.length;
      return tokenize(text, parseSpecial);
    };
    const counted = { ...tokenizer, start: (text: string) => inside(text, true), inside };
    for (const content of [" ".repeat(4_000_000), "<|im_end|>".repeat(64_000), "a".repeat(LIMIT * 9)]) {
      expect(asked(content, counted)).toThrow(expect.objectContaining({ code: "prompt_too_long" }));
    }
    expect(read).toBeLessThan(4 * LIMIT);
  });
});
