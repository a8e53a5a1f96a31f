import Instructor from "@instructor-ai/instructor";
import OpenAI from "openai";
import { z } from "zod/v3";
import * as shared from "./scenarios.mjs";

const openai = new OpenAI({ baseURL: shared.openaiUrl, apiKey: shared.apiKey, maxRetries: 0 });
const client = Instructor({ client: openai, mode: "TOOLS" });
const person = { schema: z.object({ name: z.string(), age: z.number().int() }), name: "person" };
const request = (more = {}) => ({
  model: "default",
  temperature: 0,
  max_tokens: shared.MAX_TOKENS,
  messages: [{ role: "user", content: shared.DOCUMENT_PROMPT }],
  response_model: person,
  max_retries: 0,
  ...more,
});
const members = ({ name, age }) => ({ name, age });

await shared.runClient("instructor (JavaScript)", "@instructor-ai/instructor", {
  async document() {
    shared.expectPerson(members(await client.chat.completions.create(request())));
  },
  async "streamed document"() {
    let last;
    for await (const partial of await client.chat.completions.create(request({ stream: true })))
      last = partial;
    shared.expectPerson(members(last));
  },
  async "model names"() {
    shared.expectPerson(members(await client.chat.completions.create(request({ model: shared.ALIAS }))));
    await shared.expectFailure(
      client.chat.completions.create(request({ model: shared.UNKNOWN_MODEL })),
      (error) => error.status === 404,
    );
  },
  async errors() {
    await shared.expectFailure(
      client.chat.completions.create(request({ temperature: 9 })),
      (error) => error.status === 400,
    );
  },
});
