import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient, record, replay } from "../index.js";
import { answerWith, READY, streamOf } from "../testing/answers.js";
import { breakOff, events, json, scriptedServer } from "../testing/scriptedServer.js";

const SCHEMA = { type: "object", properties: { name: { type: "string" } }, required: ["name"] } as const;
const REORDERED = {
  required: ["name"],
  properties: { name: { type: "string" } },
  type: "object",
} as const;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "formwork-record-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

test("what was recorded replays without a server: whole, streamed, repeated, refused", async () => {
  const file = join(folder, "deep", "all.jsonl");
  await using server = await scriptedServer({
    "GET /health": json(READY),
    "POST /generate": [
      json(answerWith({ name: "Ada" })),
      json(answerWith({ name: "Grace" })),
      events(streamOf(['{"name":', '"Alan"}'])),
      json({ error: "No.", status: 400, code: "unsupported_schema", pointer: "/not" }, 400),
      breakOff,
    ],
  });
  const recorder = record(createClient({ baseUrl: server.url, apiKey: "secret" }), file);
  await recorder.generate({ prompt: "a person", schema: SCHEMA, seed: 1 });
  await recorder.generate({ prompt: "a person", schema: SCHEMA, seed: 1 });
  await recorder.stream({ prompt: "another", schema: SCHEMA }).final();
  await expect(recorder.generate({ prompt: "refused", schema: { not: {} } })).rejects.toThrow("No.");
  await expect(recorder.generate({ prompt: "broken", schema: true })).rejects.toMatchObject({
    retryable: true,
  });
  expect(await readFile(file, "utf8")).not.toContain("secret");

  const player = replay(file);
  const person = { prompt: "a person", schema: REORDERED, seed: 1 } as const;
  const names: string[] = [];
  for (let turn = 0; turn < 3; turn++) names.push((await player.generate(person)).output.name);
  expect(names).toEqual(["Ada", "Grace", "Grace"]);

  const pieces: string[] = [];
  const stream = player.stream({ prompt: "another", schema: SCHEMA });
  for await (const piece of stream.text()) pieces.push(piece);
  expect(pieces).toEqual(['{"name":', '"Alan"}']);
  expect((await stream.final()).output).toEqual({ name: "Alan" });
  expect((await player.generate({ prompt: "another", schema: SCHEMA })).output).toEqual({ name: "Alan" });

  await expect(player.generate({ prompt: "refused", schema: { not: {} } })).rejects.toMatchObject({
    code: "unsupported_schema",
    pointer: "/not",
  });
  expect(await player.ready()).toEqual({ ready: true });
  expect((await player.health()).model).toBe("scripted");
});

test("a missing recording shows the nearest one and where it differs", async () => {
  const file = join(folder, "nearest.jsonl");
  const lines = ["a red bicycle", "a blue car"].map((prompt) =>
    JSON.stringify({
      version: 1,
      request: { prompt, schema: SCHEMA, seed: 1 },
      answer: answerWith({ name: "x" }),
    }),
  );
  await writeFile(file, `${lines.join("\n")}\n`);
  const asked = { ...SCHEMA, properties: { name: { type: "integer" } } } as const;
  const missing = replay(file).generate({ prompt: "a blue cat", schema: asked, seed: 2 });
  await expect(missing).rejects.toMatchObject({ code: "not_found" });
  const message = await missing.catch((error: Error) => error.message);
  expect(message).toContain('/prompt: asked "a blue cat", recorded "a blue car"');
  expect(message).toContain('/schema/properties/name/type: asked "integer", recorded "string"');
  expect(message).toContain("/seed: asked 2, recorded 1");
  expect(message).not.toContain("bicycle");
});

test("missing and broken files say what to do", async () => {
  expect(() => replay(join(folder, "none.jsonl"))).toThrow(/Make it with record/);
  const broken = join(folder, "broken.jsonl");
  await writeFile(broken, '{"version":1,"request":{}}\n{"versi');
  expect(() => replay(broken)).toThrow(/broken\.jsonl:2 is not JSON/);
  await writeFile(broken, '{"version":7}\n');
  expect(() => replay(broken)).toThrow(/:1 is not a recording/);
});

test("recording starts the file anew unless told to append", async () => {
  const file = join(folder, "again.jsonl");
  await using server = await scriptedServer({
    "GET /health": json(READY),
    "POST /generate": json(answerWith({ name: "Ada" })),
  });
  const client = createClient({ baseUrl: server.url });
  const lines = async () => (await readFile(file, "utf8")).trim().split("\n").length;
  await record(client, file).generate({ prompt: "a", schema: SCHEMA });
  await record(client, file).generate({ prompt: "b", schema: SCHEMA });
  expect(await lines()).toBe(1);
  await record(client, file, { append: true }).generate({ prompt: "c", schema: SCHEMA });
  expect(await lines()).toBe(2);
});
