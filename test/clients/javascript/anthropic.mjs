import Anthropic from "@anthropic-ai/sdk";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import * as shared from "./scenarios.mjs";

const client = new Anthropic({ baseURL: shared.serverUrl, apiKey: shared.apiKey, maxRetries: 0 });
const request = (prompt, more = {}) => ({
  model: "default",
  max_tokens: shared.MAX_TOKENS,
  temperature: 0,
  messages: [{ role: "user", content: prompt }],
  ...more,
});
const format = {
  output_config: { format: jsonSchemaOutputFormat({ ...shared.personSchema, additionalProperties: false }) },
};
const weather = {
  name: "get_weather",
  description: "The weather of a city",
  input_schema: shared.weatherParameters,
};

await shared.runClient("Anthropic SDK (Node)", "@anthropic-ai/sdk", {
  async document() {
    const answer = await client.messages.parse(request(shared.DOCUMENT_PROMPT, format));
    shared.expectPerson(answer.parsed_output);
  },
  async "streamed document"() {
    const answer = await client.messages.stream(request(shared.DOCUMENT_PROMPT, format)).finalMessage();
    shared.expectPerson(answer.parsed_output);
  },
  async "tool call"() {
    const tools = { tools: [weather], tool_choice: { type: "any" } };
    const answer = await client.messages.create(request(shared.WEATHER_PROMPT, tools));
    shared.weatherTool().answer(answer.content.find((block) => block.type === "tool_use").input);
  },
  async "tool loop"() {
    const question = { role: "user", content: shared.WEATHER_PROMPT };
    const tools = { tools: [weather] };
    const calling = request("", { ...tools, messages: [question], tool_choice: { type: "any" } });
    const { content } = await client.messages.create(calling);
    const call = content.find((block) => block.type === "tool_use");
    const result = shared.weatherTool().answer(call.input);
    const messages = [
      question,
      { role: "assistant", content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: result }] },
    ];
    const answer = await client.messages.create(request("", { ...tools, messages }));
    shared.expectText(answer.content.find((block) => block.type === "text")?.text);
  },
  async text() {
    const answer = await client.messages.create(request(shared.TEXT_PROMPT));
    shared.expectText(answer.content[0].text);
  },
  async "model names"() {
    const answer = await client.messages.create(request(shared.TEXT_PROMPT, { model: shared.ALIAS }));
    shared.expectText(answer.content[0].text);
    await shared.expectFailure(
      client.messages.create(request(shared.TEXT_PROMPT, { model: shared.UNKNOWN_MODEL })),
      (error) => error instanceof Anthropic.NotFoundError && error.error.error.type === "not_found_error",
    );
  },
  async errors() {
    await shared.expectFailure(
      client.messages.create(request(shared.TEXT_PROMPT, { temperature: 9 })),
      (error) =>
        error instanceof Anthropic.BadRequestError && error.error.error.type === "invalid_request_error",
    );
  },
});
