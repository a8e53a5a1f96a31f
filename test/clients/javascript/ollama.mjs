import { Ollama } from "ollama";
import * as shared from "./scenarios.mjs";

const client = new Ollama({ host: shared.serverUrl });
const request = (prompt, more = {}) => ({
  model: "default",
  messages: [{ role: "user", content: prompt }],
  options: { temperature: 0, num_predict: shared.MAX_TOKENS },
  ...more,
});
const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather of a city",
    parameters: shared.weatherParameters,
  },
};

await shared.runClient("ollama (Node)", "ollama", {
  async document() {
    const answer = await client.chat(request(shared.DOCUMENT_PROMPT, { format: shared.personSchema }));
    shared.expectPerson(JSON.parse(answer.message.content));
  },
  async "streamed document"() {
    const streamed = { format: shared.personSchema, stream: true };
    let text = "";
    for await (const part of await client.chat(request(shared.DOCUMENT_PROMPT, streamed))) {
      text += part.message.content;
    }
    shared.expectPerson(JSON.parse(text));
  },
  // The API has no way to demand a call, so the conversation starts with one.
  async "tool loop"() {
    const call = { function: { name: "get_weather", arguments: { city: "Paris" } } };
    const content = shared.weatherTool().answer(call.function.arguments);
    const messages = [
      { role: "user", content: shared.WEATHER_PROMPT },
      { role: "assistant", content: "", tool_calls: [call] },
      { role: "tool", tool_name: "get_weather", content },
    ];
    const answer = await client.chat(request("", { messages, tools: [weather] }));
    shared.expectText(answer.message.content);
  },
  async text() {
    shared.expectText((await client.chat(request(shared.TEXT_PROMPT))).message.content);
  },
  async "model names"() {
    const answer = await client.chat(request(shared.TEXT_PROMPT, { model: shared.ALIAS }));
    shared.expectText(answer.message.content);
    await shared.expectFailure(
      client.chat(request(shared.TEXT_PROMPT, { model: shared.UNKNOWN_MODEL })),
      (error) => error.name === "ResponseError" && error.status_code === 404,
    );
  },
  async errors() {
    await shared.expectFailure(
      client.chat(request(shared.TEXT_PROMPT, { options: { temperature: 9 } })),
      (error) => error.name === "ResponseError" && error.status_code === 400,
    );
  },
});
