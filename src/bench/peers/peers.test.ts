import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LineProcess } from "./lineProcess.js";
import { runTool } from "./runTool.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "formwork-peers-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("runTool", () => {
  it("tells what a tool said when it failed", async () => {
    const code = 'console.error("first"); console.error("the reason"); process.exit(3)';
    await expect(runTool(process.execPath, ["-e", code])).rejects.toThrow(/the reason/);
    await expect(runTool("formwork-no-such-tool", ["x"])).rejects.toMatchObject({
      code: "engine_unavailable",
    });
  });
});

describe("LineProcess", () => {
  const echo = `process.stdin.on("data", (data) => process.stdout.write("got " + data)); process.stdin.on("end", () => process.exit(0));`;

  it("speaks in lines and ends when it is closed", async () => {
    const process_ = new LineProcess("echo", process.execPath, ["-e", echo], folder);
    process_.send("one");
    expect(await process_.next()).toBe("got one");
    process_.send("two");
    expect(await process_.next()).toBe("got two");
    await process_.close();
    await expect(process_.next()).rejects.toThrow(/echo is gone/);
    await process_.close();
  });

  it("kills what does not end by itself", async () => {
    const file = join(folder, "alive");
    const stubborn = `require("fs").writeFileSync(${JSON.stringify(file)}, String(process.pid)); console.log("up"); setInterval(() => {}, 1000);`;
    const process_ = new LineProcess("stubborn", process.execPath, ["-e", stubborn], folder);
    await process_.next();
    await process_.close();
    expect(existsSync(file)).toBe(true);
    const pid = Number(await readFile(file, "utf8"));
    expect(() => process.kill(pid, 0)).toThrow();
  });

  it("says why it is gone, to who waits and to who asks later", async () => {
    const dying = 'console.error("cannot load the model"); process.exit(7)';
    const process_ = new LineProcess("peer", process.execPath, ["-e", dying], folder);
    await expect(process_.next()).rejects.toThrow(/peer is gone: .*cannot load the model.*ended with 7/);
    await expect(process_.next()).rejects.toMatchObject({ code: "engine_unavailable" });
    const absent = new LineProcess("absent", "formwork-no-such-tool", [], folder);
    await expect(absent.next()).rejects.toThrow(/absent is gone.*ENOENT/);
  });
});
