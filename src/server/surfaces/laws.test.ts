import { afterAll, expect, test } from "vitest";
import { EmbeddedEngine } from "../../engine/embedded/embeddedEngine.js";
import { normaliseOptions } from "../../engine/options/index.js";
import { randomSchema } from "../../engine/testing/randomSchema.js";
import { scriptedEntry } from "../../engine/testing/scriptedChild.js";
import { validateDocument } from "../../engine/validate/index.js";
import type { JsonSchema } from "../../types.js";
import { createApp } from "../app.js";
import { serverConfig } from "../config.js";
import { createLog } from "../log.js";
import { parseEvents } from "../testing/app.js";

/**
 * What every surface promises, with the real engine process over random logits, which know nothing of JSON: documents and
 * arguments are valid at temperature 1, whole and streamed, with room and with the least number of tokens that is enough.
 */

const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1);
const ROOM = 200;

const engine = new EmbeddedEngine(normaliseOptions({ maxSequences: 4, queueLimit: 64 }), scriptedEntry());
const app = createApp({ engine, config: serverConfig({}), log: createLog("silent") });
afterAll(() => engine.close());

interface Asked {
  schema: unknown;
  seed: number;
  maxTokens: number;
  stream: boolean;
}

/** Everything a whole answer or an event may be; what is missing reads as undefined. */
// biome-ignore lint/suspicious/noExplicitAny: answers of six surfaces, read by their members
type Answer = any;

interface Surface {
  path: string;
  body(asked: Asked): object;
  /** The document in a whole answer. */
  whole(answer: Answer): string;
  /** What an event adds to it. */
  piece(event: Answer): string | undefined;
  /** The same for a tool that has to be called; undefined where the API cannot demand that. */
  tool?: {
    body(asked: Asked): object;
    whole(answer: Answer): string;
    piece(event: Answer): string | undefined;
  };
}

const settings = ({ seed, stream }: Asked) => ({ seed, stream, temperature: 1, top_p: 1 });
const messages = [{ role: "user", content: "Ada" }];
const chatTools = ({ schema }: Asked) => [
  { type: "function", function: { name: "write", parameters: schema } },
];

const SURFACES: readonly Surface[] = [
  {
    path: "/generate",
    body: (asked) => ({
      prompt: "Ada",
      schema: asked.schema,
      max_tokens: asked.maxTokens,
      ...settings(asked),
    }),
    whole: (answer) => JSON.stringify(answer.output),
    piece: (event) => (event.finish_reason === undefined ? event.text : undefined),
    tool: {
      body: (asked) => ({
        prompt: "Ada",
        tools: [{ name: "write", parameters: asked.schema }],
        tool_choice: "required",
        parallel_tool_calls: false,
        max_tokens: asked.maxTokens,
        ...settings(asked),
      }),
      whole: (answer) => JSON.stringify(answer.tool_calls[0].arguments),
      piece: (event) => (event.call === 0 && event.name === undefined ? event.text : undefined),
    },
  },
  {
    path: "/v1/chat/completions",
    body: (asked) => ({
      messages,
      response_format: { type: "json_schema", json_schema: { name: "x", schema: asked.schema } },
      max_tokens: asked.maxTokens,
      ...settings(asked),
    }),
    whole: (answer) => answer.choices[0].message.content,
    piece: (event) => event.choices?.[0]?.delta?.content,
    tool: {
      body: (asked) => ({
        messages,
        tools: chatTools(asked),
        tool_choice: { type: "function", function: { name: "write" } },
        max_tokens: asked.maxTokens,
        ...settings(asked),
      }),
      whole: (answer) => answer.choices[0].message.tool_calls[0].function.arguments,
      piece: (event) => event.choices?.[0]?.delta?.tool_calls?.[0]?.function?.arguments,
    },
  },
  {
    path: "/v1/completions",
    body: (asked) => ({
      prompt: "Ada",
      guided_json: asked.schema,
      max_tokens: asked.maxTokens,
      ...settings(asked),
    }),
    whole: (answer) => answer.choices[0].text,
    piece: (event) => event.choices?.[0]?.text,
  },
  {
    path: "/v1/responses",
    body: (asked) => ({
      input: "Ada",
      text: { format: { type: "json_schema", name: "x", schema: asked.schema } },
      max_output_tokens: asked.maxTokens,
      ...settings(asked),
    }),
    whole: (answer) => answer.output[0].content[0].text,
    piece: (event) => (event.type === "response.output_text.delta" ? event.delta : undefined),
    tool: {
      body: (asked) => ({
        input: "Ada",
        tools: [{ type: "function", name: "write", parameters: asked.schema }],
        tool_choice: "required",
        parallel_tool_calls: false,
        max_output_tokens: asked.maxTokens,
        ...settings(asked),
      }),
      whole: (answer) => answer.output[0].arguments,
      piece: (event) => (event.type === "response.function_call_arguments.delta" ? event.delta : undefined),
    },
  },
  {
    path: "/v1/messages",
    body: (asked) => ({
      messages,
      output_config: { format: { type: "json_schema", schema: asked.schema } },
      max_tokens: asked.maxTokens,
      ...settings(asked),
    }),
    whole: (answer) => answer.content[0].text,
    piece: (event) => event.delta?.text,
    tool: {
      body: (asked) => ({
        messages,
        tools: [{ name: "write", input_schema: asked.schema }],
        tool_choice: { type: "any", disable_parallel_tool_use: true },
        max_tokens: asked.maxTokens,
        ...settings(asked),
      }),
      whole: (answer) => JSON.stringify(answer.content[0].input),
      piece: (event) => event.delta?.partial_json,
    },
  },
  ...(["/api/chat", "/api/generate"] as const).map((path): Surface => {
    const said = (answer: Answer) => (path === "/api/chat" ? answer.message?.content : answer.response);
    return {
      path,
      body: ({ schema, seed, stream, maxTokens }) => ({
        ...(path === "/api/chat" ? { messages } : { prompt: "Ada" }),
        format: schema,
        stream,
        options: { temperature: 1, top_p: 1, seed, num_predict: maxTokens },
      }),
      whole: said,
      piece: said,
    };
  }),
];

async function send(path: string, body: object): Promise<{ status: number; text: string }> {
  const response = await app.request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

/** The lines or events of a stream. */
function eventsOf(path: string, text: string): Answer[] {
  const texts = path.startsWith("/api/")
    ? text.split("\n").filter((line) => line !== "")
    : parseEvents(text).map(({ data }) => data);
  return texts.filter((data) => data !== "[DONE]").map((data) => JSON.parse(data));
}

type Way = Pick<Surface, "body" | "whole" | "piece">;

/** The document, asked for with room or with the least number of tokens. */
async function ask(
  path: string,
  way: Way,
  asked: Omit<Asked, "maxTokens">,
  isLeast: boolean,
): Promise<string> {
  let maxTokens = ROOM;
  if (isLeast) {
    const refused = await send(path, way.body({ ...asked, stream: false, maxTokens: 1 }));
    // One token is enough for some.
    maxTokens = refused.status === 200 ? 1 : Number(/needs (\d+) tokens/.exec(refused.text)?.[1]);
  }
  const { status, text } = await send(path, way.body({ ...asked, maxTokens }));
  expect(status, text).toBe(200);
  if (!asked.stream) return way.whole(JSON.parse(text));
  return eventsOf(path, text)
    .map((event) => way.piece(event) ?? "")
    .join("");
}

/** Asks for the document of each seed, eight at once; each by one of the four ways of asking. */
async function askAll(path: string, way: Way, schemaOf: (seed: number) => unknown): Promise<unknown[]> {
  const wrong: unknown[] = [];
  const seeds = [...SEEDS];
  const work = async () => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const schema = schemaOf(seed);
      const asked = { schema, seed, stream: seed % 2 === 0 };
      const text = await ask(path, way, asked, seed % 4 < 2);
      const verdict = await validateDocument(schema as JsonSchema, text);
      if (!verdict.valid) wrong.push({ seed, schema, text, verdict });
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return wrong;
}

test.each(SURFACES)(
  "$path: documents of fifty seeds are valid",
  async ({ path, ...way }) => {
    expect(await askAll(path, way, randomSchema)).toEqual([]);
  },
  120_000,
);

test.each(SURFACES.flatMap(({ path, tool }) => (tool === undefined ? [] : [{ path, tool }])))(
  "$path: arguments of fifty seeds are valid",
  async ({ path, tool }) => {
    // Arguments are an object, whatever is in it.
    const schemaOf = (seed: number) => ({
      type: "object",
      properties: { value: randomSchema(seed) },
      required: ["value"],
      additionalProperties: false,
    });
    expect(await askAll(path, tool, schemaOf)).toEqual([]);
  },
  120_000,
);
