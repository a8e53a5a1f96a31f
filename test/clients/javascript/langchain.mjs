import { HumanMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";
import * as shared from "./scenarios.mjs";

const person = z.object({ name: z.string(), age: z.int() });
const model = (more = {}) =>
  new ChatOpenAI({
    model: "default",
    apiKey: shared.apiKey,
    configuration: { baseURL: shared.openaiUrl },
    temperature: 0,
    maxTokens: shared.MAX_TOKENS,
    maxRetries: 0,
    ...more,
  });
const weather = (run) =>
  tool(run, {
    name: "get_weather",
    description: "The weather of a city",
    schema: z.object({ city: z.string() }),
  });

await shared.runClient("LangChain (JavaScript)", "@langchain/openai", {
  async document() {
    shared.expectPerson(await model().withStructuredOutput(person).invoke(shared.DOCUMENT_PROMPT));
    const byTool = model().withStructuredOutput(person, { method: "functionCalling" });
    shared.expectPerson(await byTool.invoke(shared.DOCUMENT_PROMPT));
  },
  async "streamed document"() {
    let last;
    const stream = await model().withStructuredOutput(person).stream(shared.DOCUMENT_PROMPT);
    for await (const partial of stream) last = partial;
    shared.expectPerson(last);
  },
  async "tool call"() {
    const bound = model().bindTools([weather(() => "")], { tool_choice: "required" });
    const answer = await bound.invoke(shared.WEATHER_PROMPT);
    shared.weatherTool().answer(answer.tool_calls[0].args);
  },
  async "tool loop"() {
    const counted = shared.weatherTool();
    const runnable = weather(counted.answer);
    const first = model().bindTools([runnable], { tool_choice: "required" });
    const later = model().bindTools([runnable]);
    const messages = [new HumanMessage(shared.WEATHER_PROMPT)];
    for (let turn = 0; turn < 4; turn++) {
      const answer = await (turn === 0 ? first : later).invoke(messages);
      messages.push(answer);
      if (answer.tool_calls.length === 0) break;
      for (const call of answer.tool_calls) messages.push(await runnable.invoke(call));
    }
    shared.expect(counted.calls > 0, "the tool was not called");
    shared.expectText(messages.at(-1).content);
  },
  async text() {
    shared.expectText((await model().invoke(shared.TEXT_PROMPT)).content);
  },
  async "model names"() {
    shared.expectText((await model({ model: shared.ALIAS }).invoke(shared.TEXT_PROMPT)).content);
    await shared.expectFailure(
      model({ model: shared.UNKNOWN_MODEL }).invoke(shared.TEXT_PROMPT),
      (error) => error.status === 404 && error.code === "model_not_found",
    );
  },
  async errors() {
    await shared.expectFailure(
      model({ temperature: 9 }).invoke(shared.TEXT_PROMPT),
      (error) => error.status === 400 && error.type === "invalid_request_error",
    );
  },
});
