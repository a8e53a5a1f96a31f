import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { compiledEntry } from "../../system/index.js";
import { openapiDocument } from "../openapi/openApiDocument.js";
import type { App, Services } from "../services.js";

interface Page {
  html: string;
  zipped: Uint8Array<ArrayBuffer>;
  /** The same for every answer. */
  headers: Record<string, string>;
}

/** `/` and `/openapi.json`. */
export function addPageRoutes(app: App, { config }: Services): void {
  let page: Promise<Page> | undefined;
  app.get("/", async (context) => {
    page ??= loadPage();
    const { html, zipped, headers } = await page;
    if (context.req.header("if-none-match") === headers["etag"]) return context.body(null, 304, headers);
    if (!/\bgzip\b/.test(context.req.header("accept-encoding") ?? ""))
      return context.html(html, 200, headers);
    const type = "text/html; charset=UTF-8";
    return context.body(zipped, 200, { ...headers, "content-type": type, "content-encoding": "gzip" });
  });
  app.get("/openapi.json", (context) => context.json(openapiDocument(config)));
}

/** The page, with a content security policy that only permits its script and style, and requests to this server. */
async function loadPage(): Promise<Page> {
  const html = await readFile(compiledEntry(import.meta.url, "../page/index.html"), "utf8");
  const hash = (tag: string) => {
    const from = html.indexOf(">", html.indexOf(`<${tag}`)) + 1;
    return `'sha256-${digest(html.slice(from, html.indexOf(`</${tag}>`)))}'`;
  };
  const policy = [
    "default-src 'none'",
    `script-src ${hash("script")}`,
    `style-src ${hash("style")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  const headers = {
    "content-security-policy": policy,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
    etag: `"${digest(html)}"`,
    vary: "accept-encoding",
  };
  return { html, zipped: new Uint8Array(await promisify(gzip)(html)), headers };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
