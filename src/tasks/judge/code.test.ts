import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CodeLanguage } from "../code.js";
import { judgeCode } from "./code.js";
import { runConfined, withoutNetwork } from "./confined.js";
import { nodeCommand } from "./runners.js";

const limits = { wallMs: 8_000, memoryBytes: 256 * 1024 * 1024, outputBytes: 64 * 1024 };

function add(language: CodeLanguage, body: string): Promise<Awaited<ReturnType<typeof judgeCode>>> {
  const source =
    language === "python"
      ? `def f(a, b):\n    ${body}\n`
      : `function f(a: number, b: number): any { ${body} }`;
  const tests = [
    { arguments: [1, 2], returns: 3 },
    { arguments: [0.1, 0.2], returns: 0.3 },
    { arguments: [-5, 5], returns: 0 },
    { arguments: [2, 2], returns: 4 },
  ];
  return judgeCode({ language, source, name: "f" }, tests, limits);
}

describe.each(["typescript", "python"] as const)("produced %s", (language) => {
  it("that is right gets every test", async () => {
    expect(await add(language, "return a + b")).toEqual({ completeness: 1, correctness: 1, detail: "" });
  });

  it("that is half right gets the share of its tests, with the first failure named", async () => {
    const judgement = await add(language, "return a * b");
    expect(judgement.correctness).toBe(0.25);
    expect(judgement.detail).toBe("f(1, 2) returned 2, not 3");
  });

  it("that does not parse is incomplete", async () => {
    const judgement = await add(language, "return a +* b");
    expect(judgement).toMatchObject({ completeness: 0, correctness: 0 });
    expect(judgement.detail).toMatch(/does not (parse|load)/);
  });

  it("that throws fails its tests by name", async () => {
    const judgement = await add(
      language,
      language === "python" ? "raise ValueError('no')" : "throw new Error('no')",
    );
    expect(judgement).toMatchObject({ completeness: 1, correctness: 0 });
    expect(judgement.detail).toContain("no");
  });

  it("that loops for ever is stopped", async () => {
    const judgement = await judgeCode(
      {
        language,
        name: "f",
        source: language === "python" ? "def f():\n    while True: pass\n" : "function f() { for (;;) {} }",
      },
      [{ arguments: [], returns: null }],
      limits,
    );
    expect(judgement.correctness).toBe(0);
  });

  it("that catches everything and goes on is stopped by the wall clock", async () => {
    const source =
      language === "python"
        ? "def f():\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass\n"
        : "function f() { for (;;) { try { for (;;) {} } catch {} } }";
    const judgement = await judgeCode({ language, name: "f", source }, [{ arguments: [], returns: null }], {
      ...limits,
      wallMs: 2_000,
    });
    expect(judgement.correctness).toBe(0);
  });

  it("that eats memory is stopped", async () => {
    const source =
      language === "python"
        ? "def f():\n    kept = []\n    while True: kept.append(b'x' * 10_000_000)\n"
        : "function f() { const kept = []; for (;;) kept.push(new Uint8Array(3e8).fill(1)); }";
    const judgement = await judgeCode(
      { language, name: "f", source },
      [{ arguments: [], returns: null }],
      limits,
    );
    expect(judgement.correctness).toBe(0);
    expect(judgement.detail).toMatch(/memory|Memory|allocation/);
  });
});

describe("what produced code cannot reach", () => {
  const folder = mkdtempSync(join(tmpdir(), "formwork-judge-"));
  const secret = join(folder, "secret.txt");
  const written = join(folder, "written.txt");
  let port = 0;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  beforeAll(async () => {
    writeFileSync(secret, "secret");
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  // Code that climbs out of its context gets at `process` and `require`: the switches must hold there too.
  const climb = `const P = globalThis.constructor?.constructor?.("return process")();`;
  it.each([
    ["process", "return typeof process;", "undefined"],
    ["require", "return typeof require;", "undefined"],
    ["fetch", "return typeof fetch;", "undefined"],
  ])("TypeScript: %s is not there", async (_, body, value) => {
    const source = `function f() { ${body} }`;
    const judgement = await judgeCode({ language: "typescript", source, name: "f" }, [
      { arguments: [], returns: value },
    ]);
    expect(judgement.detail).toBe("");
  });
  it("TypeScript: code from strings is refused", async () => {
    const judgement = await judgeCode(
      { language: "typescript", source: `function f() { ${climb} return typeof P; }`, name: "f" },
      [{ arguments: [], returns: "object" }],
    );
    expect(judgement.correctness).toBe(0);
  });
  it("TypeScript: dynamic import is refused", async () => {
    const source = `let seen = "none"; import("node:fs").then(() => { seen = "loaded"; }, () => {}); function f() { return seen; }`;
    const judgement = await judgeCode({ language: "typescript", source, name: "f" }, [
      { arguments: [], returns: "loaded" },
    ]);
    expect(judgement.correctness).toBe(0);
  });

  it("Node's own switches hold for what climbs out of its context", async () => {
    const code = `
      const failed = [];
      const attempt = (name, action) => { try { action(); } catch (error) { failed.push(name + " " + error.code); } };
      attempt("read", () => require("node:fs").readFileSync(${JSON.stringify(secret)}));
      attempt("write", () => require("node:fs").writeFileSync(${JSON.stringify(written)}, ""));
      attempt("spawn", () => require("node:child_process").spawnSync("true"));
      attempt("thread", () => new (require("node:worker_threads").Worker)("1", { eval: true }));
      console.log(failed.join("\\n"));`;
    const outcome = await runConfined([...nodeCommand().slice(0, -1), code], "");
    expect(outcome.stdout.trim().split("\n")).toEqual(
      ["read", "write", "spawn", "thread"].map((name) => `${name} ERR_ACCESS_DENIED`),
    );
  });

  it("no network is left where the system can take it away", async () => {
    const code = `require("node:net").connect(${port}, "127.0.0.1").on("connect", () => console.log("connected")).on("error", (error) => console.log(error.code));`;
    const outcome = await runConfined([process.execPath, "-e", code], "");
    expect(outcome.stdout.trim() === "connected").toBe(withoutNetwork().length === 0);
  });

  it.each([
    ["reading a file", (): string => `return open(${JSON.stringify(secret)}).read()`],
    ["writing a file", (): string => `open(${JSON.stringify(written)}, "w").write("x"); return "secret"`],
    ["os", (): string => `import os; return os.listdir("/") and "secret"`],
    ["posix", (): string => `import posix; return posix.listdir("/") and "secret"`],
    ["subprocess", (): string => `import subprocess; subprocess.run(["true"]); return "secret"`],
    ["ctypes", (): string => `import ctypes; return "secret"`],
    [
      "os through a loaded module",
      (): string =>
        `import sys; m = sys.modules.get("posix") or sys.modules["os"]; return m.listdir("/") and "secret"`,
    ],
    [
      "a socket",
      (): string => `import socket; socket.create_connection(("127.0.0.1", ${port})); return "secret"`,
    ],
  ])("Python: %s is refused", async (_, body) => {
    const before = connections;
    const source = `def f():\n    ${body()}\n`;
    const judgement = await judgeCode({ language: "python", source, name: "f" }, [
      { arguments: [], returns: "secret" },
    ]);
    expect(judgement).toMatchObject({ completeness: 1, correctness: 0 });
    expect(judgement.detail).toMatch(/not allowed here|PermissionError|ImportError/);
    expect(existsSync(written)).toBe(false);
    expect(connections).toBe(before);
  });
});
