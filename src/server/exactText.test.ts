import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient, record, replay } from "../client/index.js";
import { type JsonContainer, JsonDocument, type JsonPart, textOfPart } from "../json/index.js";
import { parseEvents, testApp } from "./testing/app.js";

/** Digits that doubles would round, names that JavaScript objects would reorder, white space of its own. */
const DOCUMENT =
  '{"reasoning":"b","2":1234567890123456789,"1":[1.50, 1e400,-0],\n "__proto__":{"10":1,"9":0.1000000000000000055511}}';
const SCHEMA =
  '{"enum":[1234567890123456789, 1.0],"properties":{"b":true,"2":{"maximum":9223372036854775807},"1":{}}}';
const ALIASES = ["ir_json", "text"];
const OUTSIDE = { prompt: "Ada", max_tokens: 64 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "formwork-exact-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const bodyOf = (members: object, schema: string): string =>
  `${JSON.stringify(members).slice(0, -1)},"schema":${schema}}`;

function membersOf(text: string): ReadonlyMap<string, JsonPart> {
  return (JsonDocument.read(text).root as JsonContainer).members();
}

describe("text is exact", () => {
  test.each([
    ["as JSON", SCHEMA],
    ["as its text", JSON.stringify(SCHEMA)],
  ])("a schema %s reaches the engine as it was written, with its documents", async (_name, schema) => {
    const { post, engine } = testApp({ text: DOCUMENT });
    const documents = { "https://example.com/one": JSON.parse(schema) };
    await post("/generate", bodyOf({ ...OUTSIDE, documents }, schema));
    expect(engine.requests[0].schema).toBe(SCHEMA);
    expect(Object.keys(engine.requests[0].documents ?? {})).toEqual(["https://example.com/one"]);
  });

  test("/v1 takes the schema as it was written", async () => {
    const { post, engine } = testApp({ text: DOCUMENT });
    const format = `{"type":"json_schema","json_schema":{"name":"x","schema":${SCHEMA}}}`;
    const body = `{"messages":[{"role":"user","content":"Ada"}],"response_format":${format}}`;
    const answer = (await (await post("/v1/chat/completions", body)).json()) as {
      choices: { message: { content: string } }[];
    };
    expect(engine.requests[0].schema).toBe(SCHEMA);
    expect(answer.choices[0].message.content).toBe(DOCUMENT);
  });

  test("the output of a whole answer is the text that was generated, under each of its names", async () => {
    const { post } = testApp({ text: DOCUMENT });
    const members = membersOf(await (await post("/generate", bodyOf(OUTSIDE, SCHEMA))).text());
    for (const name of ["output", ...ALIASES]) expect(textOfPart(members.get(name)!)).toBe(DOCUMENT);
  });

  test("so it is at the end of a stream, on one line", async () => {
    const { post } = testApp({ text: DOCUMENT });
    const response = await post("/generate", bodyOf({ ...OUTSIDE, stream: true }, SCHEMA));
    const events = parseEvents(await response.text());
    const deltas = events.filter(({ name }) => name === "delta").map(({ data }) => JSON.parse(data).text);
    expect(deltas.join("")).toBe(DOCUMENT);
    const members = membersOf(events.at(-1)!.data);
    expect(textOfPart(members.get("output")!)).toBe(DOCUMENT.replaceAll("\n", " "));
  });

  test("the client hands schema, documents and text through, also from a recording", async () => {
    const { app, engine } = testApp({ text: DOCUMENT });
    const file = join(folder, "exact.jsonl");
    const live = createClient({
      baseUrl: "http://app.test",
      fetch: async (input, init) => await app.request(String(input), init),
    });
    const asked = { prompt: "Ada", schema: SCHEMA, documents: { "urn:one": SCHEMA }, seed: 1 } as const;
    const recorder = record(live, file);
    const first = await recorder.generate({ ...asked, bigints: true });
    expect(engine.requests[0].schema).toBe(SCHEMA);
    expect(engine.requests[0].documents).toEqual({ "urn:one": SCHEMA });
    expect(first.text).toBe(DOCUMENT);
    expect(first.output).toMatchObject({ 2: 1234567890123456789n });
    await recorder.stream({ ...asked, prompt: "streamed" }).final();

    const player = replay(file);
    const again = await player.generate({ ...asked, bigints: true });
    expect(again).toEqual({ ...first, text: DOCUMENT.replaceAll("\n", " ") });
    expect((await player.stream({ ...asked, prompt: "streamed" }).final()).text).toBe(
      DOCUMENT.replaceAll("\n", " "),
    );
    await expect(
      player.generate({ ...asked, schema: SCHEMA.replace("6789, 1.0", "6788, 1.0") }),
    ).rejects.toThrow(/\/schema\/enum\/0: asked 1234567890123456788, recorded 1234567890123456789/);
  });
});
