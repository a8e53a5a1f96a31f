import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { testApp } from "./testing/app.js";

/** What the page may weigh, compressed. */
const MAX_BYTES = 125_000;

/** Names of vocabularies that only look like addresses. */
const NAMESPACES = /http:\/\/www\.w3\.org\/(?:2000\/svg|1999\/xhtml|1998\/Math\/MathML)/g;

test("the page asks nobody but its server for anything", async () => {
  const response = await testApp().app.request("/");
  expect(response.headers.get("content-type")).toContain("text/html");
  const html = await response.text();
  const addresses = html.replace(NAMESPACES, "").match(/(?:https?:)?\/\/[\w.-]+\.[a-z]{2,}/g) ?? [];
  expect(addresses).toEqual([]);
  expect(html).not.toMatch(/<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)/);
});

test("the page's policy lets its own script and style run and nothing else", async () => {
  const response = await testApp().app.request("/");
  const html = await response.text();
  const policy = response.headers.get("content-security-policy") ?? "";
  for (const tag of ["script", "style"]) {
    expect(html.match(new RegExp(`<${tag}[ >]`, "g"))).toHaveLength(1);
    const content = html.split(new RegExp(`<${tag}[^>]*>`))[1].split(`</${tag}>`)[0];
    expect(content.length).toBeGreaterThan(100);
    const hash = createHash("sha256").update(content).digest("base64");
    expect(policy).toContain(`${tag}-src 'sha256-${hash}'`);
  }
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
});

test("the page comes compressed where that is understood, and not again where it is known", async () => {
  const { app } = testApp();
  const plain = await app.request("/");
  const zipped = await app.request("/", { headers: { "accept-encoding": "gzip, br" } });
  expect(zipped.headers.get("content-encoding")).toBe("gzip");
  const bytes = await zipped.arrayBuffer();
  expect(bytes.byteLength).toBeLessThan(MAX_BYTES);
  expect(gunzipSync(bytes).toString()).toBe(await plain.text());
  const etag = plain.headers.get("etag") ?? "";
  const again = await app.request("/", { headers: { "if-none-match": etag } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});
