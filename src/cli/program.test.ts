import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FormworkError, SchemaError } from "../errors.js";
import { defineCommand, type RegistryEntry } from "./command.js";
import { choice, integer, list, number, text, toggle } from "./config/setting.js";
import { registry as realRegistry } from "./registry.js";
import { run } from "./testing/terminal.js";

/** Prints the values it was given as JSON, or fails as its flag says. */
const echo = defineCommand({
  operands: [{ name: "word", description: "anything", required: false, several: true }],
  settings: {
    port: integer({
      flag: "--port <number>",
      description: "a port",
      minimum: 0,
      maximum: 65_535,
      fallback: 8080,
    }),
    share: number({ flag: "--share <number>", description: "a share", maximum: 1 }),
    schema: text({ flag: "-s, --schema <file>", description: "a path", isPath: true }),
    colour: choice({
      flag: "--colour <name>",
      description: "a colour",
      choices: ["red", "green"],
      fallback: "red",
    }),
    warm: toggle({ flag: "--warm", description: "warm it", fallback: true }),
    stream: toggle({ flag: "--stream", description: "stream it" }),
    json: toggle({ flag: "--json", description: "as JSON", fallback: false }),
    apiKey: list({ flag: "--api-key <key>", description: "keys" }),
    "deep.gpuKind": text({ flag: "--gpu <kind>", description: "nested in the file" }),
    fail: text({ flag: "--fail <how>", description: "how to fail" }),
  },
  examples: [["echo --port 1", "prints the port"]],
  async run({ values, operands, terminal }) {
    if (values.fail === "schema")
      throw new SchemaError("unsupported_schema", "No.", "/properties/x", "pattern");
    if (values.fail === "bug") throw new TypeError("x is not a function");
    if (values.fail === "queue") throw new FormworkError("queue_full", "Full.");
    if (values.fail === "exit") return 1;
    terminal.stdout.write(JSON.stringify({ ...values, operands }));
    return undefined;
  },
});

let loaded: string[];
const other = defineCommand({
  settings: { theirs: text({ flag: "--theirs <text>", description: "of another command" }) },
  examples: [],
  run: async () => undefined,
});
const registry: RegistryEntry[] = [
  {
    name: "echo",
    summary: "Print the values",
    load: async () => {
      loaded.push("echo");
      return echo;
    },
  },
  {
    name: "group",
    summary: "Others",
    commands: [
      {
        name: "other",
        summary: "Do nothing",
        load: async () => {
          loaded.push("other");
          return other;
        },
      },
    ],
  },
];

let folder: string;
beforeEach(() => {
  loaded = [];
  folder = mkdtempSync(join(tmpdir(), "formwork-program-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const configure = (members: unknown, name = "formwork.config.json") =>
  writeFileSync(join(folder, name), typeof members === "string" ? members : JSON.stringify(members));
const values = async (words: string[], environment: Record<string, string> = {}) => {
  const { stdout, stderr } = await run(["echo", ...words], registry, { environment, workingFolder: folder });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Record<string, unknown>;
};
const complaint = async (words: string[], environment: Record<string, string> = {}) => {
  const { exitCode, stdout, stderr } = await run(["echo", ...words], registry, {
    environment,
    workingFolder: folder,
  });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  return stderr;
};

describe("a value", () => {
  test("comes from the flag, else the variable, else the file, else the fallback", async () => {
    expect((await values([]))["port"]).toBe(8080);
    configure({ port: 1 });
    expect((await values([]))["port"]).toBe(1);
    expect((await values([], { FORMWORK_PORT: "2" }))["port"]).toBe(2);
    expect((await values(["--port", "3"], { FORMWORK_PORT: "2" }))["port"]).toBe(3);
  });

  test("of every kind reads from flags, variables and the file alike", async () => {
    const expected = {
      share: 0.5,
      schema: join(folder, "x.json"),
      colour: "green",
      warm: false,
      stream: true,
      apiKey: ["a", "b"],
      "deep.gpuKind": "H200",
    };
    const path = join(folder, "x.json");
    const flags = ["--share", "0.5", "-s", path, "--colour", "green", "--no-warm", "--stream"];
    expect(await values([...flags, "--api-key", "a", "--api-key", "b", "--gpu", "H200"])).toMatchObject(
      expected,
    );
    expect(
      await values([], {
        FORMWORK_SHARE: "0.5",
        FORMWORK_SCHEMA: path,
        FORMWORK_COLOUR: "green",
        FORMWORK_WARM: "no",
        FORMWORK_STREAM: "1",
        FORMWORK_API_KEY: "a, b",
        FORMWORK_DEEP_GPU_KIND: "H200",
      }),
    ).toMatchObject(expected);
    const { "deep.gpuKind": gpuKind, ...rest } = expected;
    configure({ $schema: "x", ...rest, schema: "x.json", deep: { gpuKind } });
    expect(await values([])).toMatchObject(expected);
  });

  test("may be switched off where the file switches it on", async () => {
    configure({ stream: true, warm: false });
    expect(await values(["--no-stream", "--warm"])).toMatchObject({ stream: false, warm: true });
  });

  test("comes from the file that --config or FORMWORK_CONFIG names", async () => {
    configure({ port: 1 });
    configure({ port: 5, schema: "y.json" }, "other.json");
    expect(await values(["--config", "other.json"])).toMatchObject({
      port: 5,
      schema: join(folder, "y.json"),
    });
    expect((await values([], { FORMWORK_CONFIG: "other.json" }))["port"]).toBe(5);
  });

  test.each([
    [["--port", "x"], {}, '--port must be an integer from 0 to 65535, not "x"'],
    [["--port", "1.5"], {}, "--port must be an integer"],
    [["--port="], {}, "--port must be an integer"],
    [["--share", "2"], {}, "--share must be a number of at most 1"],
    [["--colour", "blue"], {}, "--colour must be one of red, green"],
    [[], { FORMWORK_PORT: "-1" }, "FORMWORK_PORT must be an integer"],
    [[], { FORMWORK_WARM: "perhaps" }, "FORMWORK_WARM must be true or false"],
  ])("at fault is told by its name: %j %j", async (words, environment, text) => {
    expect(await complaint(words, environment as Record<string, string>)).toContain(text);
  });
});

describe("the file", () => {
  test.each([
    [{ port: "80" }, "`port` in "],
    [{ apiKey: [1] }, "`apiKey` in "],
    [{ warm: "yes" }, "`warm` in "],
    [{ prot: 1 }, "unknown key `prot`. Did you mean `port`?"],
    [{ deep: { gpuKnd: "x" } }, "unknown key `deep.gpuKnd`. Did you mean `deep.gpuKind`?"],
    [{ zzzzzzzzzzzz: 1 }, "unknown key `zzzzzzzzzzzz`.\n"],
    ["[]", "must hold a JSON object"],
    ["{,}", "is not valid JSON"],
  ])("%j is refused by name", async (members, text) => {
    configure(members);
    const said = await complaint([]);
    expect(said).toContain(text);
    expect(said).toContain("formwork.config.json");
  });

  test("may hold what other commands take", async () => {
    configure({ theirs: "x", port: 4 });
    expect((await values([]))["port"]).toBe(4);
  });

  test("that is named must be there", async () => {
    expect(await complaint(["--config", "none.json"])).toContain("there is no such file");
  });
});

describe("exit codes", () => {
  test.each([
    [[], 0],
    [["--fail", "exit"], 1],
    [["--fail", "queue"], 1],
    [["--fail", "bug"], 1],
    [["--nonsense"], 2],
    [["--port"], 2],
    [["--fail", "schema"], 3],
    [["--help"], 0],
  ])("%j -> %i", async (words, exitCode) => {
    expect((await run(["echo", ...words], registry)).exitCode).toBe(exitCode);
  });

  test.each([
    [[], 2],
    [["nonsense"], 2],
    [["ech"], 2],
    [["group"], 2],
    [["group", "nonsense"], 2],
    [["group", "other", "extra"], 2],
    [["--version"], 0],
    [["--help"], 0],
    [["help"], 0],
    [["help", "echo"], 0],
    [["group", "--help"], 0],
  ])("%j -> %i", async (words, exitCode) => {
    expect((await run(words, registry)).exitCode).toBe(exitCode);
  });

  test("an interrupt ends with its own, whatever the command throws", async () => {
    const interrupt = new AbortController();
    interrupt.abort(130);
    const { exitCode, stderr } = await run(["echo", "--fail", "queue"], registry, {
      signal: interrupt.signal,
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: "" });
  });
});

describe("errors", () => {
  test("name the pointer and the keyword", async () => {
    const { stderr, stdout } = await run(["echo", "--fail", "schema"], registry);
    expect(stderr).toBe("formwork: No. (at /properties/x, keyword `pattern`)\n");
    expect(stdout).toBe("");
  });

  test("are JSON with --json", async () => {
    const { stderr } = await run(["echo", "--json", "--fail", "schema"], registry);
    expect(JSON.parse(stderr)).toEqual({
      error: "No.",
      status: 400,
      code: "unsupported_schema",
      pointer: "/properties/x",
      keyword: "pattern",
    });
  });

  test("suggest the command that was meant", async () => {
    expect((await run(["ecko"], registry)).stderr).toContain("Did you mean echo?");
  });
});

describe("loading", () => {
  test("is for the command that is called, and for none to show the list", async () => {
    await run(["--help"], registry);
    expect(loaded).toEqual([]);
    await run(["echo"], registry);
    expect(loaded).toEqual(["echo"]);
  });
});

describe("help", () => {
  test("shows flags, variables, defaults, choices, examples and exit codes", async () => {
    const { stdout } = await run(["echo", "--help"], registry);
    for (const part of [
      "--port <number>",
      "[default 8080; FORMWORK_PORT]",
      "[default red; red, green; FORMWORK_COLOUR]",
      "--no-warm",
      "formwork echo --port 1",
      "prints the port",
      "3  the schema was rejected",
      "--config <file>",
    ]) {
      expect(stdout).toContain(part);
    }
    expect(stdout).not.toContain("--no-stream");
  });

  test("is there for every command, with examples that name flags the command has", async () => {
    const { commandLines } = await import("./inspect.js");
    const lines = await commandLines(realRegistry);
    expect(lines.length).toBeGreaterThan(8);
    for (const { words, command } of lines) {
      const { exitCode, stdout } = await run([...words, "--help"], realRegistry);
      expect(exitCode, words.join(" ")).toBe(0);
      expect(command.examples.length, words.join(" ")).toBeGreaterThan(0);
      for (const key of command.shown ?? []) expect(command.settings, key).toHaveProperty([key]);
      for (const [line] of command.examples) {
        expect(line.startsWith(words.join(" ")), line).toBe(true);
        for (const flag of line.match(/ --[\w-]+/g) ?? []) expect(stdout).toContain(flag.trim());
      }
    }
  });
});

test.each([["--help"], ["-h"]])(
  "an unknown command is reported, also with %s, in every family",
  async (flag) => {
    const families = realRegistry.filter((entry) => "commands" in entry).map(({ name }) => [name]);
    expect(families.length).toBeGreaterThan(1);
    for (const words of [[], ...families]) {
      for (const asked of [
        [...words, "nosuch", flag],
        [...words, flag, "nosuch"],
        ["help", ...words, "nosuch"],
      ]) {
        const { exitCode, stdout, stderr } = await run(asked, realRegistry);
        expect([exitCode, stdout], asked.join(" ")).toEqual([2, ""]);
        expect(stderr).toContain("unknown command 'nosuch'");
      }
      expect((await run([...words, flag], realRegistry)).exitCode).toBe(0);
    }
  },
);
