import chromium from "@sparticuz/chromium";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  chromium as playwright,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type RunningServer, startServer } from "../listen.js";
import { createLog } from "../log.js";
import { FakeEngine, type FakeEngineOptions } from "./fakeEngine.js";

export interface Opening extends BrowserContextOptions {
  apiKeys?: string[];
  /** Behind the number sign of the address. */
  fragment?: string;
}

export interface AnswerState {
  tree: string;
  text: string;
  canSend: boolean;
}

/** The page of a real server in a real browser; one at a time. */
export class PageView {
  /** What the page's scripts complained of. */
  complaints: string[] = [];
  /** The origins that it asked for something. */
  asked: string[] = [];
  private browser: Browser | undefined;
  private context: BrowserContext | undefined;
  private opened: Page | undefined;
  private server: RunningServer | undefined;

  get page(): Page {
    return this.opened!;
  }

  /** Of the server. */
  get url(): string {
    return this.server!.url;
  }

  async launch(): Promise<void> {
    this.browser = await playwright.launch({
      executablePath: await chromium.executablePath(),
      args: ["--no-sandbox"],
    });
  }

  async end(): Promise<void> {
    await this.browser?.close();
  }

  /** Opens the page of a server whose engine answers as `engineOptions` say; resolves with that engine. */
  async open(
    engineOptions: FakeEngineOptions = {},
    { apiKeys = [], fragment = "", ...options }: Opening = {},
  ): Promise<FakeEngine> {
    this.context = await this.browser!.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await this.context.newPage();
    this.opened = page;
    this.complaints = [];
    this.asked = [];
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    page.on("request", (request) => this.asked.push(new URL(request.url()).origin));
    const engine = new FakeEngine(engineOptions);
    this.server = await startServer({ engine, port: 0, config: { apiKeys }, log: createLog("silent") });
    await page.goto(`${this.url}/${fragment}`);
    return engine;
  }

  async close(): Promise<void> {
    await this.context?.close();
    await this.server?.close();
  }

  textOf(selector: string): Promise<string | null> {
    return this.page.textContent(selector);
  }

  /** The line that says how a request ended. */
  message(): Promise<string | null> {
    return this.textOf("#message");
  }

  /**
   * Records the tree and the text of the answer, and whether another can be sent, after each change of the page; the returned function
   * reads the records. A test that looks from outside may miss a state that is on screen for milliseconds.
   */
  async recordAnswer(): Promise<() => Promise<AnswerState[]>> {
    await this.page.evaluate(`
      window.states = [];
      const textOf = (id) => document.getElementById(id).textContent;
      new MutationObserver(() => {
        const canSend = !document.getElementById("send").disabled;
        window.states.push({ tree: textOf("grown"), text: textOf("answer"), canSend });
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    `);
    return () => this.page.evaluate("window.states");
  }

  /** Sends the form and waits for the whole answer. */
  async generate(): Promise<void> {
    await this.page.click("#send");
    await expect.poll(() => this.message()).toMatch(/Valid|Done/);
  }
}

/** A browser for the tests of this file, and a page that is closed after each of them. */
export function pageView(): PageView {
  const view = new PageView();
  beforeAll(() => view.launch());
  afterAll(() => view.end());
  afterEach(() => view.close());
  return view;
}
