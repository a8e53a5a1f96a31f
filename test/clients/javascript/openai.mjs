import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import * as shared from "./scenarios.mjs";

const client = new OpenAI({ baseURL: shared.openaiUrl, apiKey: shared.apiKey, maxRetries: 0 });
const person = z.object({ name: z.string(), age: z.int() });

await testChat();
await testResponses();

async function testChat() {
  const request = (prompt, more = {}) => ({
    model: "default",
    temperature: 0,
    max_completion_tokens: shared.MAX_TOKENS,
    messages: [{ role: "user", content: prompt }],
    ...more,
  });
  const format = { response_format: zodResponseFormat(person, "person") };
  const weather = {
    name: "get_weather",
    description: "The weather of a city",
    parameters: shared.weatherParameters,
  };

  await shared.runClient("openai (Node), chat", "openai", {
    async document() {
      const answer = await client.chat.completions.parse(request(shared.DOCUMENT_PROMPT, format));
      shared.expectPerson(answer.choices[0].message.parsed);
    },
    async "streamed document"() {
      const stream = client.chat.completions.stream(request(shared.DOCUMENT_PROMPT, format));
      const answer = await stream.finalChatCompletion();
      shared.expectPerson(answer.choices[0].message.parsed);
    },
    async "tool call"() {
      const tools = { tools: [{ type: "function", function: weather }], tool_choice: "required" };
      const answer = await client.chat.completions.create(request(shared.WEATHER_PROMPT, tools));
      const [call] = answer.choices[0].message.tool_calls;
      shared.weatherTool().answer(JSON.parse(call.function.arguments));
    },
    async "tool loop"() {
      const question = { role: "user", content: shared.WEATHER_PROMPT };
      const tools = { tools: [{ type: "function", function: weather }] };
      const calling = request("", { ...tools, messages: [question], tool_choice: "required" });
      const { message } = (await client.chat.completions.create(calling)).choices[0];
      const [call] = message.tool_calls;
      const content = shared.weatherTool().answer(JSON.parse(call.function.arguments));
      const messages = [question, message, { role: "tool", tool_call_id: call.id, content }];
      const answer = await client.chat.completions.create(request("", { ...tools, messages }));
      shared.expectText(answer.choices[0].message.content);
    },
    async text() {
      const answer = await client.chat.completions.create(request(shared.TEXT_PROMPT));
      shared.expectText(answer.choices[0].message.content);
    },
    async "model names"() {
      const hello = request(shared.TEXT_PROMPT, { max_completion_tokens: 8 });
      const answer = await client.chat.completions.create({ ...hello, model: shared.ALIAS });
      shared.expectText(answer.choices[0].message.content);
      const unknown = client.chat.completions.create({ ...hello, model: shared.UNKNOWN_MODEL });
      await shared.expectFailure(
        unknown,
        (error) => error instanceof OpenAI.NotFoundError && error.code === "model_not_found",
      );
    },
    async errors() {
      const refused = client.chat.completions.create(request(shared.TEXT_PROMPT, { temperature: 9 }));
      await shared.expectFailure(
        refused,
        (error) => error instanceof OpenAI.BadRequestError && error.type === "invalid_request_error",
      );
    },
  });
}

async function testResponses() {
  const request = (input, more = {}) => ({
    model: "default",
    temperature: 0,
    max_output_tokens: shared.MAX_TOKENS,
    input,
    ...more,
  });
  const format = { text: { format: zodTextFormat(person, "person") } };
  const weather = {
    type: "function",
    name: "get_weather",
    description: "The weather of a city",
    parameters: shared.weatherParameters,
    strict: false,
  };

  await shared.runClient("openai (Node), Responses", "openai", {
    async document() {
      const answer = await client.responses.parse(request(shared.DOCUMENT_PROMPT, format));
      shared.expectPerson(answer.output_parsed);
    },
    async "streamed document"() {
      const stream = client.responses.stream(request(shared.DOCUMENT_PROMPT, format));
      shared.expectPerson((await stream.finalResponse()).output_parsed);
    },
    async "tool call"() {
      const tools = { tools: [weather], tool_choice: "required" };
      const answer = await client.responses.create(request(shared.WEATHER_PROMPT, tools));
      const call = answer.output.find((item) => item.type === "function_call");
      shared.weatherTool().answer(JSON.parse(call.arguments));
    },
    async "tool loop"() {
      const question = { role: "user", content: shared.WEATHER_PROMPT };
      const tools = { tools: [weather] };
      const first = await client.responses.create(request([question], { ...tools, tool_choice: "required" }));
      const call = first.output.find((item) => item.type === "function_call");
      const output = shared.weatherTool().answer(JSON.parse(call.arguments));
      const result = { type: "function_call_output", call_id: call.call_id, output };
      const input = [question, ...first.output, result];
      const answer = await client.responses.create(request(input, tools));
      shared.expectText(answer.output_text);
    },
    async text() {
      const answer = await client.responses.create(request(shared.TEXT_PROMPT));
      shared.expectText(answer.output_text);
    },
    async "model names"() {
      const hello = request(shared.TEXT_PROMPT, { max_output_tokens: 16 });
      shared.expectText((await client.responses.create({ ...hello, model: shared.ALIAS })).output_text);
      await shared.expectFailure(
        client.responses.create({ ...hello, model: shared.UNKNOWN_MODEL }),
        (error) => error instanceof OpenAI.NotFoundError && error.code === "model_not_found",
      );
    },
    async errors() {
      await shared.expectFailure(
        client.responses.create(request(shared.TEXT_PROMPT, { temperature: 9 })),
        (error) => error instanceof OpenAI.BadRequestError && error.type === "invalid_request_error",
      );
    },
  });
}
