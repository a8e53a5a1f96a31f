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
import { answersIn, DIALECTS, type Dialect, type Said, type Settings } from "../testing/dialects.js";

/**
 * What every surface promises, in every spelling that promises it, with the real engine process over random logits, which
 * know nothing of JSON: documents, arguments, patterns and choices are kept to at temperature 1, whole and streamed, with
 * room and with the least number of tokens that is enough.
 */

/** Of the usual spelling of each surface; of every other one, which `FORMWORK_LAW_SEEDS` sets. */
const SEEDS = 50;
const OTHER_SEEDS = Number(process.env["FORMWORK_LAW_SEEDS"] ?? 8);
const ROOM = 200;

const engine = new EmbeddedEngine(normaliseOptions({ maxSequences: 4, queueLimit: 64 }), scriptedEntry());
const app = createApp({ engine, config: serverConfig({}), log: createLog("silent") });
afterAll(() => engine.close());

/** What is wrong with an answer to a request that gave `schema`; undefined where nothing is. */
type Check = (said: Said, schema: unknown) => Promise<unknown>;

/** One way to have an answer held to something. */
interface Way {
  dialect: Dialect;
  name: string;
  members(schema: unknown): object;
  schemaOf(seed: number): unknown;
  check: Check;
  seeds: number;
  /** How many answers there are. */
  answers: number;
}

const PATTERN = "(Paris|Lyon) has [1-9][0-9]{0,2} (bridges|parks)\\.?";
const CHOICES = ["red", "green", "green and blue", "été"];
const ANY_OBJECT = { type: "object" };

async function complaint(schema: unknown, text: string): Promise<unknown> {
  const verdict = await validateDocument(schema as JsonSchema, text);
  return verdict.valid ? undefined : { text, verdict };
}

const isDocument: Check = async ({ text, calls }, schema) =>
  calls.length > 0 ? { calls } : complaint(schema, text);
const isObject: Check = (said) => isDocument(said, ANY_OBJECT);
const fitsPattern: Check = async ({ text }) =>
  new RegExp(`^(?:${PATTERN})$`, "u").test(text) ? undefined : { text };
const isChoice: Check = async ({ text }) => (CHOICES.includes(text) ? undefined : { text });

/** Arguments are an object, whatever is in it. */
const argumentsSchema = (seed: number) => ({
  type: "object",
  properties: { value: randomSchema(seed) },
  required: ["value"],
  additionalProperties: false,
});
const NOTE = {
  type: "object",
  properties: { text: { type: "string", maxLength: 8 } },
  required: ["text"],
  additionalProperties: false,
};
const offered = (schema: unknown) => [
  { name: "write", parameters: schema },
  { name: "note", parameters: NOTE },
];

/** Every call names a tool and has arguments for it. */
const fitTools: Check = async ({ calls }, schema) => {
  const schemas = new Map<string, unknown>(offered(schema).map(({ name, parameters }) => [name, parameters]));
  const found = await Promise.all(
    calls.map(({ name, arguments: written }) =>
      schemas.has(name) ? complaint(schemas.get(name), written) : { name },
    ),
  );
  return found.find((one) => one !== undefined);
};
const called: Check = async (said, schema) => (said.calls.length === 0 ? said : fitTools(said, schema));
const calledOnce: Check = async (said, schema) => (said.calls.length === 1 ? called(said, schema) : said);
const calledWrite: Check = async (said, schema) =>
  said.calls[0]?.name === "write" ? calledOnce(said, schema) : said;
const documentOrCalls: Check = (said, schema) =>
  said.calls.length > 0 ? fitTools(said, schema) : complaint(schema, said.text);

const { generate, chat, completions, responses, messages, ollamaChat, ollamaGenerate } = DIALECTS;

const way = (
  dialect: Dialect,
  name: string,
  members: Way["members"],
  check: Check,
  more: Partial<Way> = {},
): Way => ({
  dialect,
  name,
  members,
  check,
  schemaOf: randomSchema,
  seeds: OTHER_SEEDS,
  answers: 1,
  ...more,
});

const usualDocuments = Object.values(DIALECTS).map((dialect) =>
  way(dialect, "the usual document", dialect.document, isDocument, { seeds: SEEDS }),
);

/** Spellings of OpenAI, vLLM, SGLang and llama-server. */
const openaiSpellings = [chat, completions].flatMap((dialect) => {
  const format = (name: string, members: Way["members"], check: Check = isDocument) =>
    way(dialect, name, members, check);
  return [
    format("json_schema", (schema) => ({
      response_format: { type: "json_schema", json_schema: { name: "x", schema } },
    })),
    format("json_schema, strict, described", (schema) => ({
      response_format: {
        type: "json_schema",
        json_schema: { name: "x", description: "X.", strict: true, schema },
      },
    })),
    format("json_schema without envelope", (schema) => ({
      response_format: { type: "json_schema", schema },
    })),
    format("json_object", () => ({ response_format: { type: "json_object" } }), isObject),
    format("json_object with schema", (schema) => ({ response_format: { type: "json_object", schema } })),
    format("json_object with response_schema", (schema) => ({
      response_format: { type: "json_object", response_schema: schema },
    })),
    format("top-level json_schema", (schema) => ({ json_schema: schema })),
    format("json_schema as text", (schema) => ({ json_schema: JSON.stringify(schema) })),
    format("guided_json", (schema) => ({ guided_json: schema })),
    format("structured_outputs.json", (schema) => ({ structured_outputs: { json: schema } })),
    format("structured_outputs.json_object", () => ({ structured_outputs: { json_object: true } }), isObject),
    format("structured_outputs.regex", () => ({ structured_outputs: { regex: PATTERN } }), fitsPattern),
    format("guided_regex", () => ({ guided_regex: PATTERN }), fitsPattern),
    format("regex", () => ({ regex: PATTERN }), fitsPattern),
    format("structured_outputs.choice", () => ({ structured_outputs: { choice: CHOICES } }), isChoice),
    format("guided_choice", () => ({ guided_choice: CHOICES }), isChoice),
    way(dialect, "two answers", (schema) => ({ ...dialect.document(schema), n: 2 }), isDocument, {
      answers: 2,
    }),
  ];
});

const otherSpellings = [
  way(generate, "regex", () => ({ regex: PATTERN }), fitsPattern),
  way(generate, "choice", () => ({ choice: CHOICES }), isChoice),
  way(generate, "two answers", (schema) => ({ schema, n: 2 }), isDocument, { answers: 2 }),
  way(generate, "open objects", (schema) => ({ schema, additional_members: "schema" }), isDocument),
  way(responses, "json_object", () => ({ text: { format: { type: "json_object" } } }), isObject),
  way(
    responses,
    "json_schema, strict",
    (schema) => ({ text: { format: { type: "json_schema", name: "x", strict: true, schema } } }),
    isDocument,
  ),
  way(
    messages,
    "output_format",
    (schema) => ({ output_format: { type: "json_schema", schema } }),
    isDocument,
  ),
  ...[ollamaChat, ollamaGenerate].map((dialect) =>
    way(dialect, "json", () => ({ format: "json" }), isObject),
  ),
];

const toolWays = [generate, chat, responses, messages, ollamaChat].flatMap((dialect) => {
  const tools = (
    name: string,
    members: (tools: ReturnType<typeof offered>) => object,
    check: Check,
    more: Partial<Way> = {},
  ) =>
    way(dialect, name, (schema) => members(offered(schema)), check, { schemaOf: argumentsSchema, ...more });
  const { tools: offer } = dialect as Required<Dialect>;
  return [
    tools("a named tool", (all) => offer(all, { name: "write" }), calledWrite, { seeds: SEEDS }),
    tools("any tool", (all) => offer(all, "required"), calledOnce),
    tools("several calls", (all) => offer(all, "required", true), called),
    tools(
      "strict tools",
      (all) =>
        offer(
          all.map((tool) => ({ ...tool, strict: true })),
          "required",
        ),
      calledOnce,
    ),
    tools("tools left to the model", (all) => offer(all, "auto", true), fitTools),
    tools(
      "tools left to the model, beside a document",
      (all) => ({ ...offer(all, "auto", true), ...dialect.document(all[0].parameters) }),
      documentOrCalls,
    ),
    tools(
      "tools turned off, beside a document",
      (all) => ({ ...offer(all, "none"), ...dialect.document(all[0].parameters) }),
      isDocument,
    ),
  ];
});

const olderTools = [
  way(
    chat,
    "functions",
    (schema) => ({ functions: offered(schema), function_call: { name: "write" } }),
    calledWrite,
    { schemaOf: argumentsSchema },
  ),
  ...[chat, responses].map((dialect) =>
    way(
      dialect,
      "allowed tools",
      (schema) => ({
        ...dialect.tools?.(offered(schema), "required"),
        tool_choice: {
          type: "allowed_tools",
          mode: "required",
          tools: [{ type: "function", name: "write" }],
        },
      }),
      calledWrite,
      { schemaOf: argumentsSchema },
    ),
  ),
];

async function send(path: string, body: object): Promise<{ status: number; text: string }> {
  const response = await app.request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

/** The answers, asked for with room or with the least number of tokens. */
async function ask({ dialect, members }: Way, schema: unknown, settings: Settings, isLeast: boolean) {
  const body = (own: Settings) => ({
    ...dialect.conversation([{ from: "user", text: "Ada" }]),
    ...members(schema),
    ...dialect.settings(own),
  });
  let { maxTokens } = settings;
  if (isLeast) {
    const refused = await send(dialect.path, body({ ...settings, stream: false, maxTokens: 1 }));
    // One token is enough for some.
    maxTokens = refused.status === 200 ? 1 : Number(/needs (\d+) tokens/.exec(refused.text)?.[1]);
  }
  const { status, text } = await send(dialect.path, body({ ...settings, maxTokens }));
  expect(status, text).toBe(200);
  const { regex, choice } = members(schema) as { regex?: string; choice?: string[] };
  return answersIn(dialect, text, settings.stream, regex === undefined && choice === undefined);
}

/** Asks once for each seed, eight at once; each by one of the four ways of asking. */
async function askAll(asked: Way): Promise<unknown[]> {
  const wrong: unknown[] = [];
  const seeds = Array.from({ length: asked.seeds }, (_, index) => index + 1);
  const work = async () => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const schema = asked.schemaOf(seed);
      const settings = { seed, stream: seed % 2 === 0, maxTokens: ROOM };
      const answers = await ask(asked, schema, settings, seed % 4 < 2);
      if (answers.length !== asked.answers) wrong.push({ seed, answers });
      for (const said of answers) {
        const found = await asked.check(said, schema);
        if (found !== undefined) wrong.push({ seed, schema, found });
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return wrong;
}

const WAYS = [...usualDocuments, ...openaiSpellings, ...otherSpellings, ...toolWays, ...olderTools].map(
  (one) => ({ ...one, path: one.dialect.path }),
);

test.each(WAYS)(
  "$path, $name: every answer of $seeds seeds is what was promised",
  async (asked) => {
    expect(await askAll(asked)).toEqual([]);
  },
  120_000,
);
