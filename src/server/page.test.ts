import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { testApp } from "./testing/app.js";

test("the page asks nobody but its server for anything", async () => {
  const response = await testApp().app.request("/");
  expect(response.headers.get("content-type")).toContain("text/html");
  const html = await response.text();
  const addresses = html.match(/(?:https?:)?\/\/[\w.-]+\.[a-z]{2,}/g) ?? [];
  expect(addresses).toEqual([]);
  expect(html).not.toMatch(/<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)/);
});

test("the page's policy lets its own script and style run and nothing else", async () => {
  const response = await testApp().app.request("/");
  const html = await response.text();
  const policy = response.headers.get("content-security-policy") ?? "";
  for (const tag of ["script", "style"]) {
    const content = html.split(`<${tag}>`)[1].split(`</${tag}>`)[0];
    expect(content.length).toBeGreaterThan(100);
    const hash = createHash("sha256").update(content).digest("base64");
    expect(policy).toContain(`${tag}-src 'sha256-${hash}'`);
  }
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
});
