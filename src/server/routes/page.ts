import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { openapiDocument } from "../openapi/document.js";
import type { App, Services } from "../services.js";

/** `/` and `/openapi.json`: the server explained to people and to programs. */
export function addPageRoutes(app: App, { config }: Services): void {
  let page: Promise<{ html: string; policy: string }> | undefined;
  app.get("/", async (context) => {
    page ??= loadPage();
    const { html, policy } = await page;
    return context.html(html, 200, {
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
  });
  app.get("/openapi.json", (context) => context.json(openapiDocument(config)));
}

/** The page, and a policy under which it may run its own script and style and talk to this server only. */
async function loadPage(): Promise<{ html: string; policy: string }> {
  const html = await readFile(new URL("../page/index.html", import.meta.url), "utf8");
  const hash = (tag: string) => {
    const content = html.slice(html.indexOf(`<${tag}>`) + tag.length + 2, html.indexOf(`</${tag}>`));
    return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
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
  return { html, policy };
}
