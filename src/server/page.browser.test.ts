import chromium from "@sparticuz/chromium";
import { type Browser, type Page, chromium as playwright } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { FormworkError } from "../errors.js";
import { type RunningServer, startServer } from "./listen.js";
import { createLog } from "./log.js";
import { FakeEngine, type FakeEngineOptions } from "./testing/fakeEngine.js";

let browser: Browser;
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

beforeEach(async () => {
  complaints = [];
  asked = [];
  page = await browser.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("request", (request) => asked.push(new URL(request.url()).origin));
});
afterEach(async () => {
  await page.close();
  await server?.close();
});

async function open(engineOptions: FakeEngineOptions, apiKeys: string[] = []): Promise<FakeEngine> {
  const engine = new FakeEngine(engineOptions);
  server = await startServer({ engine, port: 0, config: { apiKeys }, log: createLog("silent") });
  await page.goto(server.url);
  return engine;
}

test("writes the document while it comes, and shows it whole at the end", async () => {
  const engine = await open({ text: '{"name":"Ada","tags":["a","b"]}', delayMs: 40 });
  await expect.poll(() => page.textContent("#state")).toBe("fake: ready");
  await page.selectOption("#example", "A tree");
  await page.fill("#seed", "7");
  await page.click("#send");
  await expect.poll(() => page.textContent("#answer"), { interval: 5 }).toMatch(/^\{"name/);
  expect(await page.isDisabled("#send")).toBe(true);
  await expect.poll(() => page.textContent("#message")).toMatch(/^Valid\. 8 tokens/);
  expect(JSON.parse((await page.textContent("#answer")) ?? "")).toEqual({ name: "Ada", tags: ["a", "b"] });
  expect(engine.requests[0]).toMatchObject({
    messages: [{ role: "user", content: "The folders of a small web project." }],
    schema: expect.stringContaining('{"$ref":"#/$defs/folder"'),
    maxTokens: 512,
    sampling: { seed: 7 },
  });
  expect(new Set(asked)).toEqual(new Set([server?.url]));
  expect(complaints).toEqual([]);
});

test("stops, and the engine with it", async () => {
  const engine = await open({ text: `"${"x".repeat(4000)}"`, delayMs: 20 });
  await page.click("#send");
  await expect.poll(() => page.textContent("#answer"), { interval: 5 }).toContain("xxxxxxxxxx");
  await page.click("#stop");
  await expect.poll(() => page.textContent("#message")).toBe("Stopped.");
  await expect.poll(() => engine.counters.active).toBe(0);
  expect(await page.isEnabled("#send")).toBe(true);
});

test("says what is wrong: with the schema's text, with the request, on the way", async () => {
  const fail = new FormworkError("engine_unavailable", "The engine process ended.");
  await open({ fail, failAfter: 1 }, ["k"]);
  const message = () => page.textContent("#message");
  await page.click("#send");
  await expect.poll(message).toContain("Send a key");
  await page.fill("#key", "k");
  await page.fill("#schema", "{");
  await page.click("#send");
  await expect.poll(message).toContain("The schema is not JSON");
  await page.fill("#schema", "{}");
  await page.click("#send");
  await expect.poll(message).toContain("process ended");
});
