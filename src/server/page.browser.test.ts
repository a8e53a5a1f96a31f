import { describe, expect, test } from "vitest";
import { FormworkError, SchemaError } from "../errors.js";
import { pageView } from "./testing/pageView.js";

const view = pageView();
const call = { id: "call_1", name: "get_weather", arguments: '{"city":"Paris","unit":"celsius"}' };
const PERSON = '{"name":"Ada","born":1815,"tags":["a","b"]}';

describe("an answer", () => {
  test("grows as a tree beside its text, and asks nobody but the server", async () => {
    const engine = await view.open({ text: PERSON, delayMs: 60 });
    await expect.poll(() => view.textOf("#state")).toBe("fake: ready");
    await view.page.fill("#seed", "7");
    const states = await view.recordAnswer();
    await view.page.click("#send");
    await expect.poll(() => view.message()).toBe("Valid.");
    const halfway = (await states()).filter(({ tree }) => /^\{1\}nameA/.test(tree));
    expect(halfway.length).toBeGreaterThan(0);
    for (const { text, canSend } of halfway) {
      expect(text).not.toContain("tags");
      expect(canSend).toBe(false);
    }
    expect(await view.textOf("#answer")).toBe(PERSON);
    expect(await view.page.locator("#grown li").allTextContents()).toEqual([
      "{3}nameAdaborn1815tags[2]0a1b",
      "nameAda",
      "born1815",
      "tags[2]0a1b",
      "0a",
      "1b",
    ]);
    // A branch folds.
    await view.page.click("#grown summary:has-text('tags')");
    expect(await view.page.isVisible("#grown li:text-is('0a')")).toBe(false);
    expect(engine.requests[0]).toMatchObject({
      messages: [{ role: "user", content: expect.stringContaining("Ada Lovelace") }],
      schema: expect.stringContaining('"birth_year": { "type": "integer", "maximum": 2100 }'),
      maxTokens: 512,
      sampling: { seed: 7 },
      trace: true,
    });
    expect(new Set(view.asked)).toEqual(new Set([view.url]));
    expect(view.complaints).toEqual([]);
  });

  test("tells its tokens apart, and what the model would have said", async () => {
    await view.open({ text: PERSON });
    await view.generate();
    const counts = async () =>
      Promise.all(["sampled", "changed", "forced"].map((origin) => view.textOf(`#count-${origin}`)));
    expect(await counts()).toEqual(["6", "5", "11"]);
    for (const [index, origin] of ["sampled", "changed", "forced"].entries()) {
      expect(await view.page.locator(`#answer .${origin}`).count()).toBe(Number((await counts())[index]));
    }
    await view.page.hover("#answer .changed >> nth=0");
    expect(await view.textOf("#inspector")).toContain(
      "The model would have said Sure (90 %), which is not allowed",
    );
    expect(await view.page.locator("#inspector li").allTextContents()).toEqual([
      "Sure90 %not allowed",
      expect.stringMatching(/61 %$/),
    ]);
    await view.page.hover("#answer .forced >> nth=0");
    expect(await view.textOf("#inspector")).toContain("Nothing else was possible");
    await view.page.hover("#answer .sampled >> nth=0");
    expect(await view.textOf("#inspector")).toContain("The model gave it 61 %");
    expect(await view.textOf("#figure-tokens")).toBe("11");
    expect(await view.textOf("#figure-forced")).toBe("1 (9 %)");
    expect(await view.textOf("#figure-time")).toBe("7 ms");
  });

  test("says about how much time forcing saved", async () => {
    const choice = { logprob: -0.1, maskedLogprob: 0, top: [] };
    const sampled = { text: "1", origin: "sampled" as const, choice };
    const forced = { text: "1", origin: "forced" as const };
    const steps = [[sampled], [sampled], [sampled], [sampled, forced, forced, forced], [sampled]];
    await view.open({
      text: "11111111",
      trace: steps.map((tokens, index) => ({ atMs: [0, 10, 20, 30, 46][index], tokens })),
    });
    await view.generate();
    expect(await view.textOf("#figure-saved")).toBe("≈ 24 ms");
  });

  test("is shown without colours where the engine does not trace", async () => {
    await view.open({ kind: "vllm", text: PERSON, trace: [] });
    await view.generate();
    expect(await view.textOf("#answer")).toBe(PERSON);
    expect(await view.page.locator("#answer .sampled, #answer .forced, #answer .changed").count()).toBe(0);
  });

  test("stops, and the engine with it", async () => {
    const engine = await view.open({ text: `"${"x".repeat(4000)}"`, delayMs: 20 });
    await view.page.click("#send");
    await expect.poll(() => view.textOf("#answer"), { interval: 5 }).toContain("xxxxxxxxxx");
    await view.page.click("#stop");
    await expect.poll(() => view.message()).toBe("Stopped.");
    await expect.poll(() => engine.counters.active).toBe(0);
    expect(await view.page.isEnabled("#send")).toBe(true);
  });
});

describe("a refusal", () => {
  const write = (editor: string, text: string) => view.page.fill(`${editor} .cm-content`, text);
  const refusedLines = () => view.page.locator(".cm-content > *").allTextContents();

  test("stands under the very line of the schema, until the schema changes", async () => {
    const fail = new SchemaError("unsupported_schema", "Not like this.", "/properties/b", "pattern");
    await view.open({ fail });
    await write(
      "#schema",
      '{\n"properties": {\n"a": {},\n"b": {\n"type": "string",\n"pattern": "("\n}\n}\n}',
    );
    await view.page.click("#send");
    await expect.poll(() => view.message()).toBe("Not like this. (/properties/b)");
    const lines = await refusedLines();
    expect(lines[lines.indexOf("Not like this.") - 1]).toBe('"pattern": "("');
    expect(await view.page.getAttribute("#schema .cm-content", "aria-invalid")).toBe("true");
    await view.page.click("#schema .cm-line >> nth=0");
    await view.page.keyboard.type(" ");
    await expect.poll(() => view.page.locator(".refusal:visible").count()).toBe(0);
  });

  test("of text that is no JSON comes before anything is sent", async () => {
    const engine = await view.open();
    await write("#schema", '{\n"a": 1,\n"b" 2\n}');
    expect(await view.textOf("#snippet")).toBe("The request is not complete.");
    await view.page.click("#send");
    await expect.poll(() => view.message()).toContain("The schema is not JSON");
    const lines = await refusedLines();
    const at = lines.findIndex((line) => line.includes("at offset"));
    expect(lines[at - 1]).toBe('"b" 2');
    expect(engine.requests).toEqual([]);
  });

  test("of a tool or a pattern stands there", async () => {
    await view.open();
    await view.page.click("#tab-chat");
    await write(
      "#tools",
      '[\n{ "name": "e" },\n{\n"function": {\n"name": "f",\n"parameters": {\n"type": 3\n}\n}\n}\n]',
    );
    await view.page.route("**/generate", (route) =>
      route.fulfill({
        status: 400,
        json: {
          error: "No such type.",
          status: 400,
          code: "invalid_schema",
          pointer: "/tools/1/parameters",
          keyword: "type",
        },
      }),
    );
    await view.page.click("#send");
    await expect.poll(() => view.message()).toContain("No such type.");
    const lines = await view.page.locator("#tools .cm-content > *").allTextContents();
    expect(lines[lines.indexOf("No such type.") - 1]).toBe('"type": 3');

    await view.page.unroute("**/generate");
    await view.page.route("**/generate", (route) =>
      route.fulfill({
        status: 400,
        json: { error: "Unclosed group.", status: 400, code: "invalid_schema", pointer: "" },
      }),
    );
    await view.page.click("#tab-regex");
    await view.page.click("#send");
    await expect.poll(() => view.textOf("#regex-message")).toBe("Unclosed group.");
  });

  test("of the request leads to its field, and what fails on the way is said", async () => {
    await view.open({
      fail: new FormworkError("engine_unavailable", "The engine process ended."),
      failAfter: 1,
    });
    await view.page.fill("#max_tokens", "0");
    await view.page.click("#send");
    await expect.poll(() => view.message()).toContain("/max_tokens");
    expect(await view.page.getAttribute("#max_tokens", "aria-invalid")).toBe("true");
    await view.page.fill("#max_tokens", "9");
    await view.page.click("#send");
    await expect.poll(() => view.message()).toContain("process ended");
  });
});

test("a key is asked for where the server wants one, and goes into no link and no snippet", async () => {
  await view.open({}, { apiKeys: ["sesame"] });
  await view.page.click("#send");
  await expect.poll(() => view.message()).toContain("Send a key");
  expect(await view.page.evaluate("document.activeElement.id")).toBe("key");
  await view.page.fill("#key", "sesame");
  await view.generate();
  expect(await view.textOf("#snippet")).toContain("Bearer $FORMWORK_API_KEY");
  await view.page.click("#share");
  await expect.poll(() => view.message()).toBe("Link copied.");
  expect(view.page.url() + (await view.textOf("#snippet"))).not.toContain("sesame");
});

test("a cold engine says what it is doing", async () => {
  const engine = await view.open({
    status: { state: "idle", modelLoaded: false },
    delayMs: 1500,
  });
  await expect.poll(() => view.textOf("#state")).toBe("fake: idle, loads with the first request");
  const now = { model: "fake", modelLoaded: false };
  engine.current = { ...now, state: "loading", stage: "download", progress: 0.25 };
  await view.page.click("#send");
  await expect.poll(() => view.textOf("#state")).toBe("fake: fetching the model, 25 %");
  engine.current = { ...now, state: "loading", stage: "warmup" };
  await expect.poll(() => view.textOf("#state")).toBe("fake: warming up");
  engine.current = { ...now, state: "failed", error: "no memory" };
  await expect.poll(() => view.textOf("#state")).toBe("fake: failed");
});

describe("chat with tools", () => {
  test("shows calls as trees, takes what the tools answer, and goes on", async () => {
    const engine = await view.open({
      answer: ({ messages }) =>
        messages.at(-1)?.role === "tool" ? { text: "It is grey." } : { text: "", calls: [call] },
    });
    await view.page.click("#tab-chat");
    await view.generate();
    expect(await view.page.locator("#grown .leaf").allTextContents()).toEqual(["cityParis", "unitcelsius"]);
    expect(engine.requests[0].tools).toMatchObject({
      choice: "required",
      parallel: false,
      tools: [{ name: "get_weather" }, { name: "get_time" }],
    });
    await view.page.fill("#turns input", '{"sky":"grey"}');
    await view.generate();
    expect(engine.requests[1].messages).toMatchObject([
      { role: "user", content: "What is the weather in Paris, in celsius?" },
      { role: "assistant", toolCalls: [call] },
      { role: "tool", toolCallId: "call_1", content: '{"sky":"grey"}' },
    ]);
    expect(await view.page.locator("#turns li").allTextContents()).toEqual([
      "YouWhat is the weather in Paris, in celsius?",
      `Modelget_weather(${call.arguments})`,
      'Tool{"sky":"grey"}',
      "ModelIt is grey.",
    ]);
    expect(await view.textOf("#grown")).toBe("It is grey.");
    await view.page.click("#reset");
    expect(await view.page.locator("#turns li").count()).toBe(0);
  });
});

test("a pattern has a tab, and what was written in the others stays", async () => {
  const engine = await view.open({ text: "1969-07-20" });
  await view.page.fill("#prompt", "A prompt of my own");
  await view.page.click("#tab-regex");
  await view.page.fill("#regex", "\\d+");
  await view.generate();
  expect(engine.requests[0].format).toEqual({ kind: "regex", pattern: "\\d+" });
  expect(await view.textOf("#answer")).toBe("1969-07-20");
  await view.page.click("#tab-document");
  expect(await view.page.inputValue("#prompt")).toBe("A prompt of my own");
});

test("snippets follow the request, and are copied as they stand", async () => {
  await view.open({}, { permissions: ["clipboard-read", "clipboard-write"] });
  await view.page.fill("#prompt", "It's mine");
  for (const [language, sign] of [
    ["curl", "--data-binary"],
    ["python", "from openai import OpenAI"],
    ["typescript", "formwork/client"],
    ["aiSdk", "formwork/ai-sdk"],
  ]) {
    await view.page.click(`#language-${language}`);
    const code = (await view.textOf("#snippet")) ?? "";
    expect(code).toContain(sign);
    expect(code).toContain("It's mine");
    expect(code).toContain(view.url);
    await view.page.click("#copy");
    await expect.poll(() => view.page.evaluate("navigator.clipboard.readText()")).toBe(code);
  }
});

describe("a link", () => {
  test("carries prompt and schema", async () => {
    await view.open();
    await view.page.fill("#prompt", "Grüße & more\n#1");
    await view.page.fill("#schema .cm-content", '{\n  "const": 12345678901234567890\n}');
    await view.page.click("#share");
    const { hash } = new URL(view.page.url());
    await view.close();
    const engine = await view.open({ text: "1" }, { fragment: hash });
    expect(await view.page.inputValue("#prompt")).toBe("Grüße & more\n#1");
    expect(engine.requests).toEqual([]);
    await view.generate();
    expect(engine.requests[0].schema).toBe('{\n  "const": 12345678901234567890\n}');
  });

  test("is text and never run", async () => {
    const attack = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>\${window.hit=1}`;
    const words = new URLSearchParams({ mode: "document", prompt: attack, system: attack, schema: attack });
    const engine = await view.open({}, { fragment: `#${words}` });
    expect(await view.page.inputValue("#prompt")).toBe(attack);
    await view.page.click("#send");
    await expect.poll(() => view.message()).toContain("The schema is not JSON");
    for (const mode of ["chat", "regex"]) {
      await view.page.evaluate(
        `location.hash = ${JSON.stringify(`#${new URLSearchParams({ mode, prompt: attack, tools: attack, regex: attack })}`)}`,
      );
      await expect.poll(() => view.page.getAttribute(`#tab-${mode}`, "aria-selected")).toBe("true");
    }
    expect(await view.page.evaluate("window.hit")).toBeUndefined();
    expect(engine.requests).toEqual([]);
    expect(view.complaints).toEqual([]);
  });

  test("so is what a model writes", async () => {
    const text = JSON.stringify({ "<b>name</b>": '<img src=x onerror="window.hit=1">' });
    await view.open({ text });
    await view.generate();
    expect(await view.page.locator("#result img, #result b").count()).toBe(0);
    expect(await view.textOf("#answer")).toBe(text);
    expect(await view.page.evaluate("window.hit")).toBeUndefined();
  });
});
