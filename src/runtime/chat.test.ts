import { describe, expect, it } from "vitest";
import { type ChatTemplateOptions, chatRenderer } from "./chat.js";

const base: ChatTemplateOptions = {
  template: null,
  beginText: "<s>",
  endText: "</s>",
  addBegin: false,
  knowsChatMl: true,
};

const NO_SYSTEM =
  "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}" +
  "{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]{% else %}{{ m['content'] + eos_token }}{% endif %}{% endfor %}";

describe("chat templates", () => {
  it("fall back to ChatML, or to plain words where the vocabulary has no ChatML tokens", () => {
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi" },
    ] as const;
    expect(chatRenderer(base).render(messages)).toBe(
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    );
    expect(chatRenderer({ ...base, template: " ", knowsChatMl: false }).render(messages)).toBe(
      "### System:\nBe brief.\n\n### User:\nHi\n\n### Assistant:\n",
    );
  });

  it("put a system message into the user's turn where the template knows no system role", () => {
    const { render } = chatRenderer({ ...base, template: NO_SYSTEM });
    expect(
      render([
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
      ]),
    ).toBe("<s>[INST] Be brief.\n\nHi [/INST]");
  });

  it("start with the begin token once, whether or not the template writes it", () => {
    const messages = [{ role: "user", content: "Hi" }] as const;
    expect(chatRenderer({ ...base, template: NO_SYSTEM, addBegin: true }).render(messages)).toBe(
      "<s>[INST] Hi [/INST]",
    );
    expect(chatRenderer({ ...base, addBegin: true }).render(messages)).toMatch(/^<s><\|im_start\|>user/);
  });

  it("tell which token ends an answer", () => {
    const candidates = [
      [1, "</s>"],
      [2, "<|im_end|>"],
      [3, "<|im"],
    ] as const;
    expect(chatRenderer(base).answerEnd(candidates)).toBe(2);
    expect(chatRenderer({ ...base, template: NO_SYSTEM }).answerEnd(candidates)).toBe(1);
    expect(chatRenderer({ ...base, knowsChatMl: false }).answerEnd(candidates)).toBe(-1);
  });

  it("are refused when they cannot be read, and reported when they fail", () => {
    expect(() => chatRenderer({ ...base, template: "{% for" })).toThrow(
      expect.objectContaining({ code: "model_unavailable", message: expect.stringMatching(/chat template/) }),
    );
    const failing = chatRenderer({ ...base, template: "{{ raise_exception('never') }}" });
    expect(() => failing.render([{ role: "user", content: "Hi" }])).toThrow(/chat template failed: .*never/);
  });

  it.each([
    ["{{ '<a{}|{}>'.format('b', none_such) }}", "<ab|>"],
    ["{{ {'a': [1, true, none, \"x's\"]} | string }}", "{'a': [1, True, None, \"x's\"]}"],
    ["{{ 1 | string + none | string + 'x' | string }}", "1Nonex"],
    ["{{ ('{\"a\": [1, 2]}' | from_json).a[1] }}", "2"],
    ["{{ [3, 1, 2] | min }}{{ [3, 1, 2] | max }}", "13"],
    ["{% for k, v in {512: 'b', 0: 'a'} | dictsort %}{{ k < 100 }}{{ v }}{% endfor %}", "trueafalseb"],
    ["{% for k, v in {'b': 1, 'A': 2} | dictsort %}{{ k }}{{ v }}{% endfor %}", "A2b1"],
    // Goes through the tools without a look whether there are any.
    ["{% for tool in tools %}{{ tool }}{% endfor %}none", "none"],
  ])("may use what our Jinja lacks: %s", (template, text) => {
    expect(chatRenderer({ ...base, template }).render([{ role: "user", content: "Hi" }])).toBe(text);
  });

  it("may refuse an effort that they do not know, and get none", () => {
    const template =
      "{% if reasoning_effort is defined and reasoning_effort != 'low' %}{{ raise_exception('effort') }}{% endif %}{{ reasoning_effort }}|";
    const render = (effort: string) =>
      chatRenderer({ ...base, template }).render([{ role: "user", content: "Hi" }], { effort });
    expect(render("low")).toBe("low|");
    expect(render("high")).toBe("|");
  });
});
