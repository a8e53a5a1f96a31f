import { describe, expect, test } from "vitest";
import { pageView } from "./testing/pageView.js";

const view = pageView();
const PERSON = '{"name":"Ada","born":1815,"tags":["a","b"]}';

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
    await view.open({ text: PERSON, fail: undefined }, { colorScheme });
    const ground = await view.page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(colorScheme === "dark" ? "rgb(20, 21, 23)" : "rgb(248, 248, 246)");
    await view.generate();
    await view.page.hover("#answer .changed >> nth=0");
    const contrasts = (await view.page.evaluate(`(${CONTRASTS})()`)) as Record<string, number>;
    expect(Object.keys(contrasts).length).toBeGreaterThan(20);
    expect(Object.entries(contrasts).filter(([, ratio]) => ratio < 4.5)).toEqual([]);
    expect(await view.page.evaluate(NAMELESS)).toEqual([]);
  });
});

test("fits a phone: nothing is wider than 390 pixels", async () => {
  await view.open(
    { text: JSON.stringify({ long: "x".repeat(300) }) },
    { viewport: { width: 390, height: 844 }, hasTouch: true },
  );
  const width = () => view.page.evaluate("document.documentElement.scrollWidth");
  expect(await width()).toBe(390);
  await view.page.tap("#send");
  await expect.poll(() => view.message()).toBe("Valid.");
  // The answer comes into sight by itself.
  await expect.poll(() => view.page.evaluate("scrollY > 0")).toBe(true);
  await view.page.tap("#answer .changed >> nth=0");
  expect(await view.textOf("#inspector")).toContain("would have said");
  expect(await width()).toBe(390);
  for (const mode of ["chat", "regex"]) {
    await view.page.tap(`#tab-${mode}`);
    expect(await width()).toBe(390);
  }
});

test("works by keyboard alone", async () => {
  const engine = await view.open({ text: PERSON });
  const focused = () => view.page.evaluate("document.activeElement.id || document.activeElement.className");
  const press = async (...keys: string[]) => {
    for (const key of keys) await view.page.keyboard.press(key);
  };
  await press("Tab");
  expect(await focused()).toBe("tab-document");
  await press("ArrowRight");
  expect(await view.page.getAttribute("#tab-chat", "aria-selected")).toBe("true");
  await press("ArrowLeft", "Tab", "Tab");
  expect(await focused()).toBe("prompt");
  await view.page.keyboard.type("!");
  // The editor does not keep the focus: Tab leads out of it.
  await press("Tab");
  expect(await focused()).toBe("schema");
  await press("Control+Home");
  await view.page.keyboard.type(" ");
  await press("Tab");
  expect(await focused()).toBe("system");
  await press("Shift+Tab");
  expect(await focused()).toBe("schema");
  await press("Control+Enter");
  await expect.poll(() => view.message()).toBe("Valid.");
  expect(engine.requests[0].messages[0].content).toContain("!");
  expect(engine.requests[0].schema).toMatch(/^\{/);
  expect(engine.requests[0].schema).not.toMatch(/\n\n/);

  for (let i = 0; i < 12 && !String(await focused()).startsWith("token"); i++) await press("Tab");
  const which = () => view.textOf("#inspector .which");
  expect(await which()).toBe("token 1 of 22");
  await press("ArrowRight", "ArrowRight");
  expect(await which()).toBe("token 3 of 22");
  await press("ArrowDown");
  expect(await view.textOf("#inspector")).toContain("would have said");
  await press("End");
  expect(await which()).toBe("token 22 of 22");
  const outline = await view.page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
  expect(outline).toBe("solid");
  await press("Tab");
  expect(await view.page.evaluate("document.activeElement.tagName")).toBe("SUMMARY");
});

test("moves nothing for those who want it still", async () => {
  await view.open({ text: PERSON }, { reducedMotion: "reduce" });
  await view.generate();
  expect(await view.page.evaluate("getComputedStyle(document.querySelector('.tree li')).animationName")).toBe(
    "none",
  );
});
