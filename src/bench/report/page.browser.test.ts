import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { builtInSuite } from "../../tasks/index.js";
import { compareResults } from "../baseline/compare.js";
import type { MaskFigures, Results } from "../results.js";
import { resultsFromMasks } from "../run/collect.js";
import { launchBrowser } from "../testing/browser.js";
import { simulatedResults } from "../testing/simulatedRun.js";
import { duration, percent } from "./numberFormat.js";
import { renderPage } from "./page.js";

const cases = builtInSuite("extraction").cases.slice(0, 6);
let launched: Awaited<ReturnType<typeof launchBrowser>>;
let folder: string;
let context: BrowserContext | undefined;
let requests: string[];
let errors: string[];

beforeAll(async () => {
  launched = await launchBrowser();
  folder = await mkdtemp(join(tmpdir(), "formwork-report-"));
});
afterEach(() => context?.close());
afterAll(async () => {
  await launched.close();
  await rm(folder, { recursive: true });
});

async function open(html: string, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const path = join(folder, "report.html");
  await writeFile(path, html);
  context = await launched.browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  requests = [];
  errors = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(pathToFileURL(path).href);
  return page;
}

function figureOf(page: Page, name: string): Promise<string | null> {
  return page.locator(`[data-figure="${name}"]`).textContent();
}

// Code for the browser is text here: this project's own types know no browser.
const MARKS_IN_SIGHT = `(group) => {
  const frame = group.ownerSVGElement.getBoundingClientRect();
  return [...group.querySelectorAll("rect, circle, polyline")].filter((mark) => {
    const box = mark.getBoundingClientRect();
    const style = getComputedStyle(mark);
    const inside = box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
    return inside && box.width > 0.2 && box.height > 0.2 && (style.fill !== "none" || style.stroke !== "none");
  }).length;
}`;

/** Marks of a plot that can be seen: of a size, coloured, inside the drawing. */
function drawnMarks(page: Page, kind: string): Promise<number> {
  return page.evaluate<number>(`(${MARKS_IN_SIGHT})(document.querySelector("svg g.${kind}"))`);
}

function maskFigures(engine: string, mean: number): MaskFigures {
  const times = { mean, p50: mean / 4, p90: mean * 2, p99: mean * 9, "p99.9": mean * 30, max: mean * 100 };
  return {
    engine,
    schemas: 200,
    passing: engine === "formwork" ? 196 : 168,
    compile_errors: 2,
    validation_errors: 0,
    invalidation_errors: 2,
    timeouts: 0,
    masks: 90_000,
    mask_us: times,
    ttfm_us: { ...times, mean: mean * 60 },
  };
}

describe("the report in a browser", () => {
  let results: Results;
  beforeAll(async () => {
    const settings = [
      { seed: 1, name: "formwork", wrong: 0.2 },
      { seed: 2, name: "peer", slowness: 2.5, invalid: 0.1 },
    ];
    results = await simulatedResults(cases, settings, { runs: 4, concurrency: [1, 4], coldStarts: 2 });
  });

  it("shows the figures of the results and asks nobody for anything", async () => {
    const page = await open(renderPage([results]));
    const total = results.summaries.find((one) => one.case === null)!;
    expect(await figureOf(page, "valid")).toBe(percent(total.valid.value));
    expect(await figureOf(page, "latency p50")).toBe(duration(total.latency_ms!.p50));
    expect(await figureOf(page, "latency p99")).toBe(duration(total.latency_ms!.p99));
    const row = page.locator("table", { hasText: "tokens/s" }).first().locator("tbody tr").first();
    expect(await row.locator("th").textContent()).toBe("formwork");
    expect(await row.textContent()).toContain(duration(total.latency_ms!.p90));
    const embedded = JSON.parse((await page.locator("#results").textContent())!);
    expect(embedded).toEqual([results]);
    expect(requests).toEqual([page.url()]);
    expect(errors).toEqual([]);
  });

  it("draws its plots, each with a name, a description and its figures as a table", async () => {
    const page = await open(renderPage([results]));
    const lanes = results.summaries.filter((one) => one.case === null).length;
    expect(await drawnMarks(page, "latency")).toBeGreaterThan(lanes * 3);
    expect(await drawnMarks(page, "stages")).toBeGreaterThanOrEqual(lanes * 2);
    expect(await drawnMarks(page, "throughput")).toBeGreaterThanOrEqual(lanes);
    expect(await drawnMarks(page, "forest")).toBeGreaterThanOrEqual(lanes * 3);
    const figures = page.locator("figure.plot");
    expect(await figures.count()).toBe(5);
    for (const plot of await figures.all()) {
      const svg = plot.locator("svg");
      expect(await svg.getAttribute("role")).toBe("img");
      const named = (await svg.getAttribute("aria-labelledby"))!.split(" ");
      for (const id of named)
        expect((await page.locator(`#${id}`).textContent())?.length).toBeGreaterThan(10);
      await plot.locator("summary").click();
      expect(await plot.locator("tbody tr").count()).toBeGreaterThan(0);
    }
  });

  it("shows a comparison: the verdict, its intervals, a plot of the changes", async () => {
    const slow = await simulatedResults(cases, [{ seed: 5, slowness: 2 }], { runs: 6 });
    const base = await simulatedResults(cases, [{ seed: 6 }], { runs: 6 });
    const comparison = compareResults(base, slow);
    const page = await open(renderPage([slow], comparison));
    expect(await page.locator("#verdict").textContent()).toBe(`${comparison.regressions} regressions.`);
    expect(comparison.regressions).toBeGreaterThan(1);
    const row = page.locator("table tbody tr", { hasText: "latency" }).last();
    expect(
      await page
        .locator("section[aria-label='Comparison with the baseline'] td", { hasText: "regression" })
        .count(),
    ).toBeGreaterThan(1);
    expect(await row.count()).toBe(1);
    expect(await drawnMarks(page, "forest")).toBe(4);
  });

  it("opens figures of bench masks, ours beside a peer's", async () => {
    const masks = await resultsFromMasks(
      [maskFigures("formwork", 5), maskFigures("llguidance", 20)],
      "formwork bench masks",
    );
    const page = await open(renderPage([masks]));
    expect(await figureOf(page, "formwork: schemas passing")).toBe("98 %");
    expect(await figureOf(page, "llguidance: schemas passing")).toBe("84 %");
    expect(await drawnMarks(page, "masks")).toBeGreaterThanOrEqual(8);
    expect(
      await page.locator("tr", { hasText: "mask, mean against llguidance" }).first().textContent(),
    ).toMatch(/0\.25x.*yes/s);
    expect(errors).toEqual([]);
  });

  it("follows the system's light or dark, and the button changes it", async () => {
    const background = (page: Page) =>
      page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const html = renderPage([results]);
    const dark = await background(await open(html, "dark"));
    await context!.close();
    const page = await open(html, "light");
    const light = await background(page);
    expect(light).not.toBe(dark);
    await page.locator("#theme").focus();
    await page.keyboard.press("Enter");
    expect(await background(page)).toBe(dark);
    await page.keyboard.press("Enter");
    expect(await background(page)).toBe(light);
  });

  it("can be walked by keyboard, and its tables sorted", async () => {
    const page = await open(renderPage([results]));
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the figures");
    const table = page.getByRole("region", { name: "Figures case by case" }).locator("table");
    const head = table.getByRole("columnheader", { name: "latency p50" });
    await head.getByRole("button").focus();
    await page.keyboard.press("Enter");
    expect(await head.getAttribute("aria-sort")).toBe("ascending");
    const first = await table.locator("tbody tr").first().textContent();
    await page.keyboard.press("Enter");
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    expect(await table.locator("tbody tr").first().textContent()).not.toBe(first);
  });

  it("shows what came from models and users as text, never as markup", async () => {
    const hostile = structuredClone(results);
    hostile.title = "<img src=x onerror=alert(1)>";
    hostile.samples[0].detail = "</script><script>document.title='taken'</script>";
    hostile.targets[0].facts["model"] = "<b>bold</b>";
    const page = await open(renderPage([hostile]));
    expect(await page.locator("h1").textContent()).toBe("<img src=x onerror=alert(1)>");
    expect(await page.title()).not.toBe("taken");
    expect(await page.locator("img, b").count()).toBe(0);
    expect(requests).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it("is readable on a narrow screen: nothing but tables is wider than it", async () => {
    const page = await open(renderPage([results]));
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  });
});
