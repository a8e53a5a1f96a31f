import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { createLog } from "./log.js";

test("a sink that takes nothing loses lines and no time; how many is said once it takes them again", () => {
  const lines: string[] = [];
  let open = true;
  const log = createLog("info", { write: (line) => open && lines.push(line) > 0 });
  log.info({ number: 1 }, "first");
  open = false;
  for (let i = 0; i < 5; i++) log.info({}, "lost");
  expect(log.dropped).toBe(5);
  open = true;
  log.info({ number: 2 }, "second");
  expect(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).toMatchObject([
    { number: 1 },
    { dropped: 5 },
    { number: 2 },
  ]);
  expect(log.dropped).toBe(5);
});

test.each(["socket", "pipe"])("a stderr (%s) that nobody reads holds nobody up", async (kind) => {
  const folder = mkdtempSync(join(tmpdir(), "formwork-log-"));
  const program = join(folder, "program.mjs");
  const built = pathToFileURL(resolve(import.meta.dirname, "../../dist/server/log.js")).href;
  writeFileSync(
    program,
    `import { createLog } from ${JSON.stringify(built)};
     const log = createLog("info");
     for (let i = 0; i < 5000; i++) log.info({ i, text: "x".repeat(1000) }, "line");
     process.stdout.write(String(log.dropped), () => process.exit(0));`,
  );
  // Node joins itself to a child by a socket; a shell does by a pipe.
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const held = openSync(pipe, constants.O_RDWR);
  const child = spawn(process.execPath, [program], {
    stdio: ["ignore", "pipe", kind === "pipe" ? held : "pipe"],
  });
  try {
    let output = "";
    child.stdout!.on("data", (data) => {
      output += data;
    });
    child.stderr?.pause();
    const code = await new Promise((done) => child.once("exit", done));
    expect(code).toBe(0);
    expect(Number(output)).toBeGreaterThan(0);
  } finally {
    child.kill("SIGKILL");
    closeSync(held);
    rmSync(folder, { recursive: true, force: true });
  }
});
