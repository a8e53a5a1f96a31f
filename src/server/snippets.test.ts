import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GenerateRequest } from "../engine/index.js";
import { startServer } from "./listen.js";
import { createLog } from "./log.js";
import { type Message, membersOf, objectText, type PageRequest } from "./page/request.js";
import { SNIPPETS, type SnippetName } from "./page/snippets/index.js";
import { FakeEngine } from "./testing/fakeEngine.js";

/** Each snippet runs, and asks the engine for what the page itself asks for. */

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const call = { id: "call_1", name: "get_weather", arguments: '{"city":"Paris"}' };
const hostile = 'It\'s "quoted",\n\\ and \\n, `${1}`, $HOME, \'JSON\'\nJSON\nJSON_\n""" é 🦜 </script>';

const earlier: Message[] = [
  { role: "user", content: hostile },
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: call.id, type: "function", function: { name: call.name, arguments: call.arguments } }],
  },
  { role: "tool", tool_call_id: call.id, content: '{"sky": "grey"}' },
];

const base: PageRequest = {
  mode: "document",
  system: 'Be "brief".',
  prompt: hostile,
  schema: `{
  "type": "object",
  "properties": {
    "na\\"me": { "type": "string", "pattern": "^\\\\d+ '$" },
    "b": { "const": "\\u00e9\\n\${x}" }
  },
  "required": ["b"]
}`,
  tools: `[
  { "name": "get_weather", "description": "It's \\"now\\".", "parameters": { "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] } },
  { "type": "function", "function": { "name": "other", "parameters": { "type": "object" } } }
]`,
  toolChoice: "auto",
  regex: "\\d{2}'\"[a-z]\\\\",
  earlier: [],
  settings: { temperature: "0.7", max_tokens: "99", seed: "5" },
};

const REQUESTS: Record<string, PageRequest> = {
  document: base,
  chat: { ...base, mode: "chat", earlier },
  regex: { ...base, mode: "regex", system: "" },
};

let folder: string;
let engine: FakeEngine;
let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "formwork-snippets-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "formwork"), "junction");
  for (const name of ["ai", "openai"])
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "junction");
  writeFileSync(join(folder, "openai.py"), OPENAI);
  engine = new FakeEngine({
    answer: ({ tools, format }) => {
      if (tools !== undefined) return { text: "", calls: [call] };
      return { text: format === undefined ? '{"b":1}' : "12" };
    },
  });
  server = await startServer({ engine, port: 0, config: { apiKeys: ["k"] }, log: createLog("silent") });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Enough of the package `openai` to send what it would send. */
const OPENAI = `
import json, urllib.request
class OpenAI:
    def __init__(self, base_url, api_key):
        self.base_url, self.api_key = base_url, api_key
        self.chat = self.completions = self
    def create(self, extra_body=None, **words):
        headers = {"content-type": "application/json", "authorization": "Bearer " + self.api_key}
        body = json.dumps({**words, **(extra_body or {})}).encode()
        urllib.request.urlopen(urllib.request.Request(self.base_url + "/chat/completions", body, headers)).read()
        raise SystemExit(0)
`;

const PROGRAMS: Record<SnippetName, (file: string) => [command: string, words: string[]]> = {
  curl: (file) => ["bash", [file]],
  python: (file) => ["python3", [file]],
  typescript: (file) => [process.execPath, [file]],
  aiSdk: (file) => [process.execPath, [file]],
};

async function asked(send: () => Promise<unknown>): Promise<GenerateRequest> {
  engine.requests.length = 0;
  await send();
  expect(engine.requests).toHaveLength(1);
  return engine.requests[0];
}

/** What a request is about. JSON in JavaScript keeps its order of names and not its white space. */
function subject({ messages, schema, format, tools, sampling, maxTokens }: GenerateRequest) {
  const plain = (text: string) => JSON.stringify(JSON.parse(text));
  return {
    messages: messages.map(({ role, content, toolCalls, toolCallId }) => ({
      role,
      content,
      toolCallId,
      toolCalls: toolCalls?.map((one) => ({ ...one, arguments: plain(one.arguments) })),
    })),
    schema: plain(schema),
    format,
    tools: tools && {
      ...tools,
      tools: tools.tools.map(({ name, description, parameters }) => ({
        name,
        description,
        parameters: plain(parameters),
      })),
    },
    sampling,
    maxTokens,
  };
}

describe.each(Object.keys(REQUESTS))("a request for a %s", (mode) => {
  const request = REQUESTS[mode];

  test.each(Object.keys(SNIPPETS) as SnippetName[])("in %s is the page's own", async (name) => {
    const own = await asked(async () => {
      const headers = { "content-type": "application/json", authorization: "Bearer k" };
      const body = objectText(membersOf(request));
      const response = await fetch(`${server.url}/generate`, { method: "POST", headers, body });
      expect(response.status).toBe(200);
    });
    const code = SNIPPETS[name](request, { baseUrl: server.url, hasKey: true });
    expect(code).not.toContain("Bearer k");
    const file = join(
      folder,
      `${mode}-${name}.${{ curl: "sh", python: "py", typescript: "mjs", aiSdk: "mjs" }[name]}`,
    );
    writeFileSync(file, code);
    const [command, words] = PROGRAMS[name](file);
    const sent = await asked(() =>
      run(command, words, { cwd: folder, env: { ...process.env, FORMWORK_API_KEY: "k" }, timeout: 60_000 }),
    );
    expect(subject(sent)).toEqual(subject(own));
  });
});

test("a schema that JavaScript cannot hold goes as text", () => {
  const site = { baseUrl: "http://127.0.0.1:1", hasKey: false };
  for (const schema of [
    '{"const":12345678901234567890}',
    '{"properties":{"b":true,"1":true}}',
    '{"__proto__":{}}',
  ]) {
    expect(SNIPPETS.typescript({ ...base, schema }, site)).toContain(`schema: ${JSON.stringify(schema)}`);
    expect(SNIPPETS.curl({ ...base, schema }, site)).toContain(schema);
  }
});
