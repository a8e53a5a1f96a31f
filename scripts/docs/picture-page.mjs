// Takes docs/figures/page.png, the page with an answer of the default model: node scripts/docs/picture-page.mjs (after a build)
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { paths } from "../project.mjs";

// The package unpacks the browser into the temporary folder.
const folder = mkdtempSync(join(tmpdir(), "formwork-picture-"));
process.env.TMPDIR = folder;
const { default: chromium } = await import("@sparticuz/chromium");
const { chromium: playwright } = await import("playwright-core");

const server = spawn(process.execPath, [paths.program, "serve", "--port", "0", "--log-level", "silent"], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const url = await new Promise((resolve, reject) => {
    server.once("exit", () => reject(new Error("The server did not start.")));
    createInterface({ input: server.stdout }).on("line", (line) => {
      const found = /listens on (\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  await fetch(new URL("/warmup", url));
  const browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ["--no-sandbox"],
  });
  const page = await browser.newPage({ viewport: { width: 1180, height: 622 } });
  await page.goto(url);
  await page.click("#send");
  await page.waitForFunction(() => document.querySelector("#message")?.textContent === "Valid.");
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.hover("#answer .changed >> nth=0");
  await page.screenshot({ path: join(paths.root, "docs", "figures", "page.png") });
  await browser.close();
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}
