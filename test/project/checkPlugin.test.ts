import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "formwork-check-"));
const journal = join(folder, "journal");
const DOCUMENT = JSON.stringify({ title: "A fox", story: "It ran over the hills again.", tags: [] });

let server: Server;
let seeds: number[] = [];
/** Requests after which the server falls silent. */
let answers = Number.POSITIVE_INFINITY;
let onSilence = () => {};

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { seed } = JSON.parse(await text(request));
    if (answers-- <= 0) return onSilence();
    seeds.push(seed);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ choices: [{ message: { content: DOCUMENT }, finish_reason: "stop" }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function check(): ChildProcess {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const script = join(root, "scripts", "remote", "check-plugin.mjs");
  const settings = ["--engine", url, "--only", "budgets", "--streams", "1", "--journal", journal];
  return spawn(process.execPath, [script, ...settings], { stdio: ["ignore", "pipe", "inherit"] });
}

async function endOf(run: ChildProcess): Promise<{ code: number | null; report: string }> {
  const ended = new Promise<number | null>((resolve) => run.once("exit", resolve));
  return { report: await text(run.stdout as NodeJS.ReadableStream), code: await ended };
}

test("a check that was interrupted is not a success, and is resumed from its journal", async () => {
  answers = 5;
  const first = check();
  onSilence = () => first.kill("SIGTERM");
  const cut = await endOf(first);
  expect(cut.report).toContain(
    "| budgets | engine | 5 | 5 | 0 | 0 | 0 | 0 |\nInterrupted: 7 requests are missing.",
  );
  expect(cut.code).toBe(1);

  // As if the machine had stopped while the fifth line was written.
  writeFileSync(journal, readFileSync(journal, "utf8").slice(0, -4));
  const known = seeds.slice(0, 4);
  seeds = [];
  answers = Number.POSITIVE_INFINITY;
  const whole = await endOf(check());
  expect(whole.report).toContain("| budgets | engine | 12 | 12 | 0 | 0 | 0 | 0 |");
  expect(whole.code).toBe(0);
  expect(seeds).toHaveLength(8);
  expect(seeds.filter((seed) => known.includes(seed))).toEqual([]);

  seeds = [];
  expect((await endOf(check())).code).toBe(0);
  expect(seeds).toEqual([]);
});
