import chromium from "@sparticuz/chromium";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  chromium as playwright,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { FormworkError, SchemaError } from "../errors.js";
import { type RunningServer, startServer } from "./listen.js";
import { createLog } from "./log.js";
import { FakeEngine, type FakeEngineOptions } from "./testing/fakeEngine.js";

let browser: Browser;
let context: BrowserContext;
let page: Page;
let server: RunningServer | undefined;
let complaints: string[];
let asked: string[];

beforeAll(async () => {
  browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ["--no-sandbox"],
  });
});
afterAll(() => browser.close());
afterEach(async () => {
  await context.close();
  await server?.close();
});

interface Opening extends BrowserContextOptions {
  apiKeys?: string[];
  /** Behind the number sign of the address. */
  fragment?: string;
}

async function open(
  engineOptions: FakeEngineOptions = {},
  { apiKeys = [], fragment = "", ...options }: Opening = {},
): Promise<FakeEngine> {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  page = await context.newPage();
  complaints = [];
  asked = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("request", (request) => asked.push(new URL(request.url()).origin));
  const engine = new FakeEngine(engineOptions);
  server = await startServer({ engine, port: 0, config: { apiKeys }, log: createLog("silent") });
  await page.goto(`${server.url}/${fragment}`);
  return engine;
}

const textOf = (selector: string) => page.textContent(selector);
const message = () => textOf("#message");
const generate = async () => {
  await page.click("#send");
  await expect.poll(message).toMatch(/Valid|Done/);
};
const call = { id: "call_1", name: "get_weather", arguments: '{"city":"Paris","unit":"celsius"}' };
const PERSON = '{"name":"Ada","born":1815,"tags":["a","b"]}';

describe("an answer", () => {
  test("grows as a tree beside its text, and asks nobody but the server", async () => {
    const engine = await open({ text: PERSON, delayMs: 60 });
    await expect.poll(() => textOf("#state")).toBe("fake: ready");
    await page.fill("#seed", "7");
    await page.click("#send");
    await expect.poll(() => textOf("#grown"), { interval: 5 }).toMatch(/^\{1\}nameA/);
    expect(await page.isDisabled("#send")).toBe(true);
    expect(await textOf("#answer")).not.toContain("tags");
    await expect.poll(message).toBe("Valid.");
    expect(await textOf("#answer")).toBe(PERSON);
    expect(await page.locator("#grown li").allTextContents()).toEqual([
      "{3}nameAdaborn1815tags[2]0a1b",
      "nameAda",
      "born1815",
      "tags[2]0a1b",
      "0a",
      "1b",
    ]);
    // A branch folds.
    await page.click("#grown summary:has-text('tags')");
    expect(await page.isVisible("#grown li:text-is('0a')")).toBe(false);
    expect(engine.requests[0]).toMatchObject({
      messages: [{ role: "user", content: expect.stringContaining("Ada Lovelace") }],
      schema: expect.stringContaining('"birth_year": { "type": "integer", "maximum": 2100 }'),
      maxTokens: 512,
      sampling: { seed: 7 },
      trace: true,
    });
    expect(new Set(asked)).toEqual(new Set([server?.url]));
    expect(complaints).toEqual([]);
  });

  test("tells its tokens apart, and what the model would have said", async () => {
    await open({ text: PERSON });
    await generate();
    const counts = async () =>
      Promise.all(["sampled", "changed", "forced"].map((origin) => textOf(`#count-${origin}`)));
    expect(await counts()).toEqual(["6", "5", "11"]);
    for (const [index, origin] of ["sampled", "changed", "forced"].entries()) {
      expect(await page.locator(`#answer .${origin}`).count()).toBe(Number((await counts())[index]));
    }
    await page.hover("#answer .changed >> nth=0");
    expect(await textOf("#inspector")).toContain(
      "The model would have said Sure (90 %), which is not allowed",
    );
    expect(await page.locator("#inspector li").allTextContents()).toEqual([
      "Sure90 %not allowed",
      expect.stringMatching(/61 %$/),
    ]);
    await page.hover("#answer .forced >> nth=0");
    expect(await textOf("#inspector")).toContain("Nothing else was possible");
    await page.hover("#answer .sampled >> nth=0");
    expect(await textOf("#inspector")).toContain("The model gave it 61 %");
    expect(await textOf("#figure-tokens")).toBe("11");
    expect(await textOf("#figure-forced")).toBe("1 (9 %)");
    expect(await textOf("#figure-time")).toBe("7 ms");
  });

  test("says about how much time forcing saved", async () => {
    const choice = { logprob: -0.1, maskedLogprob: 0, top: [] };
    const sampled = { text: "1", origin: "sampled" as const, choice };
    const forced = { text: "1", origin: "forced" as const };
    const steps = [[sampled], [sampled], [sampled], [sampled, forced, forced, forced], [sampled]];
    await open({
      text: "11111111",
      trace: steps.map((tokens, index) => ({ atMs: [0, 10, 20, 30, 46][index], tokens })),
    });
    await generate();
    expect(await textOf("#figure-saved")).toBe("≈ 24 ms");
  });

  test("is shown without colours where the engine does not trace", async () => {
    await open({ kind: "vllm", text: PERSON, trace: [] });
    await generate();
    expect(await textOf("#answer")).toBe(PERSON);
    expect(await page.locator("#answer .sampled, #answer .forced, #answer .changed").count()).toBe(0);
  });

  test("stops, and the engine with it", async () => {
    const engine = await open({ text: `"${"x".repeat(4000)}"`, delayMs: 20 });
    await page.click("#send");
    await expect.poll(() => textOf("#answer"), { interval: 5 }).toContain("xxxxxxxxxx");
    await page.click("#stop");
    await expect.poll(message).toBe("Stopped.");
    await expect.poll(() => engine.counters.active).toBe(0);
    expect(await page.isEnabled("#send")).toBe(true);
  });
});

describe("a refusal", () => {
  const write = (editor: string, text: string) => page.fill(`${editor} .cm-content`, text);
  const refusedLines = () => page.locator(".cm-content > *").allTextContents();

  test("stands under the very line of the schema, until the schema changes", async () => {
    const fail = new SchemaError("unsupported_schema", "Not like this.", "/properties/b", "pattern");
    await open({ fail });
    await write(
      "#schema",
      '{\n"properties": {\n"a": {},\n"b": {\n"type": "string",\n"pattern": "("\n}\n}\n}',
    );
    await page.click("#send");
    await expect.poll(message).toBe("Not like this. (/properties/b)");
    const lines = await refusedLines();
    expect(lines[lines.indexOf("Not like this.") - 1]).toBe('"pattern": "("');
    expect(await page.getAttribute("#schema .cm-content", "aria-invalid")).toBe("true");
    await page.click("#schema .cm-line >> nth=0");
    await page.keyboard.type(" ");
    await expect.poll(() => page.locator(".refusal:visible").count()).toBe(0);
  });

  test("of text that is no JSON comes before anything is sent", async () => {
    const engine = await open();
    await write("#schema", '{\n"a": 1,\n"b" 2\n}');
    expect(await textOf("#snippet")).toBe("The request is not complete.");
    await page.click("#send");
    await expect.poll(message).toContain("The schema is not JSON");
    const lines = await refusedLines();
    const at = lines.findIndex((line) => line.includes("at offset"));
    expect(lines[at - 1]).toBe('"b" 2');
    expect(engine.requests).toEqual([]);
  });

  test("of a tool or a pattern stands there", async () => {
    await open();
    await page.click("#tab-chat");
    await write(
      "#tools",
      '[\n{ "name": "e" },\n{\n"function": {\n"name": "f",\n"parameters": {\n"type": 3\n}\n}\n}\n]',
    );
    await page.route("**/generate", (route) =>
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
    await page.click("#send");
    await expect.poll(message).toContain("No such type.");
    const lines = await page.locator("#tools .cm-content > *").allTextContents();
    expect(lines[lines.indexOf("No such type.") - 1]).toBe('"type": 3');

    await page.unroute("**/generate");
    await page.route("**/generate", (route) =>
      route.fulfill({
        status: 400,
        json: { error: "Unclosed group.", status: 400, code: "invalid_schema", pointer: "" },
      }),
    );
    await page.click("#tab-regex");
    await page.click("#send");
    await expect.poll(() => textOf("#regex-message")).toBe("Unclosed group.");
  });

  test("of the request leads to its field, and what fails on the way is said", async () => {
    await open({ fail: new FormworkError("engine_unavailable", "The engine process ended."), failAfter: 1 });
    await page.fill("#max_tokens", "0");
    await page.click("#send");
    await expect.poll(message).toContain("/max_tokens");
    expect(await page.getAttribute("#max_tokens", "aria-invalid")).toBe("true");
    await page.fill("#max_tokens", "9");
    await page.click("#send");
    await expect.poll(message).toContain("process ended");
  });
});

test("a key is asked for where the server wants one, and goes into no link and no snippet", async () => {
  await open({}, { apiKeys: ["sesame"] });
  await page.click("#send");
  await expect.poll(message).toContain("Send a key");
  expect(await page.evaluate("document.activeElement.id")).toBe("key");
  await page.fill("#key", "sesame");
  await generate();
  expect(await textOf("#snippet")).toContain("Bearer $FORMWORK_API_KEY");
  await page.click("#share");
  await expect.poll(message).toBe("Link copied.");
  expect(page.url() + (await textOf("#snippet"))).not.toContain("sesame");
});

test("a cold engine says what it is doing", async () => {
  const engine = await open({
    status: { state: "idle", modelLoaded: false },
    delayMs: 1500,
  });
  await expect.poll(() => textOf("#state")).toBe("fake: idle, loads with the first request");
  const now = { model: "fake", modelLoaded: false };
  engine.current = { ...now, state: "loading", stage: "download", progress: 0.25 };
  await page.click("#send");
  await expect.poll(() => textOf("#state")).toBe("fake: fetching the model, 25 %");
  engine.current = { ...now, state: "loading", stage: "warmup" };
  await expect.poll(() => textOf("#state")).toBe("fake: warming up");
  engine.current = { ...now, state: "failed", error: "no memory" };
  await expect.poll(() => textOf("#state")).toBe("fake: failed");
});

describe("chat with tools", () => {
  test("shows calls as trees, takes what the tools answer, and goes on", async () => {
    const engine = await open({
      answer: ({ messages }) =>
        messages.at(-1)?.role === "tool" ? { text: "It is grey." } : { text: "", calls: [call] },
    });
    await page.click("#tab-chat");
    await generate();
    expect(await page.locator("#grown .leaf").allTextContents()).toEqual(["cityParis", "unitcelsius"]);
    expect(engine.requests[0].tools).toMatchObject({
      choice: "required",
      parallel: false,
      tools: [{ name: "get_weather" }, { name: "get_time" }],
    });
    await page.fill("#turns input", '{"sky":"grey"}');
    await generate();
    expect(engine.requests[1].messages).toMatchObject([
      { role: "user", content: "What is the weather in Paris, in celsius?" },
      { role: "assistant", toolCalls: [call] },
      { role: "tool", toolCallId: "call_1", content: '{"sky":"grey"}' },
    ]);
    expect(await page.locator("#turns li").allTextContents()).toEqual([
      "YouWhat is the weather in Paris, in celsius?",
      `Modelget_weather(${call.arguments})`,
      'Tool{"sky":"grey"}',
      "ModelIt is grey.",
    ]);
    expect(await textOf("#grown")).toBe("It is grey.");
    await page.click("#reset");
    expect(await page.locator("#turns li").count()).toBe(0);
  });
});

test("a pattern has a tab, and what was written in the others stays", async () => {
  const engine = await open({ text: "1969-07-20" });
  await page.fill("#prompt", "A prompt of my own");
  await page.click("#tab-regex");
  await page.fill("#regex", "\\d+");
  await generate();
  expect(engine.requests[0].format).toEqual({ kind: "regex", pattern: "\\d+" });
  expect(await textOf("#answer")).toBe("1969-07-20");
  await page.click("#tab-document");
  expect(await page.inputValue("#prompt")).toBe("A prompt of my own");
});

test("snippets follow the request, and are copied as they stand", async () => {
  await open({}, { permissions: ["clipboard-read", "clipboard-write"] });
  await page.fill("#prompt", "It's mine");
  for (const [language, sign] of [
    ["curl", "--data-binary"],
    ["python", "from openai import OpenAI"],
    ["typescript", "formwork/client"],
    ["aiSdk", "formwork/ai-sdk"],
  ]) {
    await page.click(`#language-${language}`);
    const code = (await textOf("#snippet")) ?? "";
    expect(code).toContain(sign);
    expect(code).toContain("It's mine");
    expect(code).toContain(server?.url);
    await page.click("#copy");
    await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe(code);
  }
});

describe("a link", () => {
  test("carries prompt and schema", async () => {
    await open();
    await page.fill("#prompt", "Grüße & more\n#1");
    await page.fill("#schema .cm-content", '{\n  "const": 12345678901234567890\n}');
    await page.click("#share");
    const { hash } = new URL(page.url());
    await context.close();
    await server?.close();
    const engine = await open({ text: "1" }, { fragment: hash });
    expect(await page.inputValue("#prompt")).toBe("Grüße & more\n#1");
    expect(engine.requests).toEqual([]);
    await generate();
    expect(engine.requests[0].schema).toBe('{\n  "const": 12345678901234567890\n}');
  });

  test("is text and never run", async () => {
    const attack = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>\${window.hit=1}`;
    const words = new URLSearchParams({ mode: "document", prompt: attack, system: attack, schema: attack });
    const engine = await open({}, { fragment: `#${words}` });
    expect(await page.inputValue("#prompt")).toBe(attack);
    await page.click("#send");
    await expect.poll(message).toContain("The schema is not JSON");
    for (const mode of ["chat", "regex"]) {
      await page.evaluate(
        `location.hash = ${JSON.stringify(`#${new URLSearchParams({ mode, prompt: attack, tools: attack, regex: attack })}`)}`,
      );
      await expect.poll(() => page.getAttribute(`#tab-${mode}`, "aria-selected")).toBe("true");
    }
    expect(await page.evaluate("window.hit")).toBeUndefined();
    expect(engine.requests).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test("so is what a model writes", async () => {
    const text = JSON.stringify({ "<b>name</b>": '<img src=x onerror="window.hit=1">' });
    await open({ text });
    await generate();
    expect(await page.locator("#result img, #result b").count()).toBe(0);
    expect(await textOf("#answer")).toBe(text);
    expect(await page.evaluate("window.hit")).toBeUndefined();
  });
});

/** Of each kind of text: how far it stands out from what is behind it (WCAG 2.2). */
const CONTRASTS = `() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const parentOf = (one) => one.parentElement ?? one.getRootNode().host;
  const behind = (one) => {
    for (let at = one; at; at = parentOf(at)) {
      const ground = rgb(getComputedStyle(at).backgroundColor);
      if (ground[3] === 255) return ground;
    }
    return [255, 255, 255];
  };
  const all = [...document.querySelectorAll("body *"), ...document.querySelector("#schema").shadowRoot.querySelectorAll(".cm-content *, .cm-gutterElement")];
  const found = {};
  for (const one of all) {
    const says = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!says || one.disabled || !one.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const name = one.tagName + "." + one.className;
    found[name] = Math.min(found[name] ?? 99, ratio);
  }
  return found;
}`;

const NAMELESS = `[...document.querySelectorAll("input, select, textarea, button, [role=tab], [role=tabpanel], section")]
  .filter((one) => !(one.labels?.length > 0 || one.getAttribute("aria-label") || one.textContent.trim() !== "" || document.getElementById(one.getAttribute("aria-labelledby"))))
  .map((one) => one.outerHTML)`;

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  test("text stands out, and everything has a name", async () => {
    await open({ text: PERSON, fail: undefined }, { colorScheme });
    const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(colorScheme === "dark" ? "rgb(20, 21, 23)" : "rgb(248, 248, 246)");
    await generate();
    await page.hover("#answer .changed >> nth=0");
    const contrasts = (await page.evaluate(`(${CONTRASTS})()`)) as Record<string, number>;
    expect(Object.keys(contrasts).length).toBeGreaterThan(20);
    expect(Object.entries(contrasts).filter(([, ratio]) => ratio < 4.5)).toEqual([]);
    expect(await page.evaluate(NAMELESS)).toEqual([]);
  });
});

test("fits a phone: nothing is wider than 390 pixels", async () => {
  await open(
    { text: JSON.stringify({ long: "x".repeat(300) }) },
    { viewport: { width: 390, height: 844 }, hasTouch: true },
  );
  const width = () => page.evaluate("document.documentElement.scrollWidth");
  expect(await width()).toBe(390);
  await page.tap("#send");
  await expect.poll(message).toBe("Valid.");
  // The answer comes into sight by itself.
  await expect.poll(() => page.evaluate("scrollY > 0")).toBe(true);
  await page.tap("#answer .changed >> nth=0");
  expect(await textOf("#inspector")).toContain("would have said");
  expect(await width()).toBe(390);
  for (const mode of ["chat", "regex"]) {
    await page.tap(`#tab-${mode}`);
    expect(await width()).toBe(390);
  }
});

test("works by keyboard alone", async () => {
  const engine = await open({ text: PERSON });
  const focused = () => page.evaluate("document.activeElement.id || document.activeElement.className");
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await press("Tab");
  expect(await focused()).toBe("tab-document");
  await press("ArrowRight");
  expect(await page.getAttribute("#tab-chat", "aria-selected")).toBe("true");
  await press("ArrowLeft", "Tab", "Tab");
  expect(await focused()).toBe("prompt");
  await page.keyboard.type("!");
  // The editor does not keep the focus: Tab leads out of it.
  await press("Tab");
  expect(await focused()).toBe("schema");
  await press("Control+Home");
  await page.keyboard.type(" ");
  await press("Tab");
  expect(await focused()).toBe("system");
  await press("Shift+Tab");
  expect(await focused()).toBe("schema");
  await press("Control+Enter");
  await expect.poll(message).toBe("Valid.");
  expect(engine.requests[0].messages[0].content).toContain("!");
  expect(engine.requests[0].schema).toMatch(/^\{/);
  expect(engine.requests[0].schema).not.toMatch(/\n\n/);

  for (let i = 0; i < 12 && !String(await focused()).startsWith("token"); i++) await press("Tab");
  const which = () => textOf("#inspector .which");
  expect(await which()).toBe("token 1 of 22");
  await press("ArrowRight", "ArrowRight");
  expect(await which()).toBe("token 3 of 22");
  await press("ArrowDown");
  expect(await textOf("#inspector")).toContain("would have said");
  await press("End");
  expect(await which()).toBe("token 22 of 22");
  const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
  expect(outline).toBe("solid");
  await press("Tab");
  expect(await page.evaluate("document.activeElement.tagName")).toBe("SUMMARY");
});

test("moves nothing for those who want it still", async () => {
  await open({ text: PERSON }, { reducedMotion: "reduce" });
  await generate();
  expect(await page.evaluate("getComputedStyle(document.querySelector('.tree li')).animationName")).toBe(
    "none",
  );
});
