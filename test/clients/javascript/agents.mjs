import { Agent, run, setDefaultOpenAIClient, setTracingDisabled, tool } from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
import * as shared from "./scenarios.mjs";

setDefaultOpenAIClient(new OpenAI({ baseURL: shared.openaiUrl, apiKey: shared.apiKey, maxRetries: 0 }));
setTracingDisabled(true);

const agent = (more = {}) => {
  const { modelSettings, ...others } = more;
  return new Agent({
    name: "assistant",
    instructions: "Answer briefly.",
    model: "default",
    modelSettings: { temperature: 0, maxTokens: shared.MAX_TOKENS, ...modelSettings },
    ...others,
  });
};
const person = z.object({ name: z.string(), age: z.int() });
const weather = (execute) =>
  tool({
    name: "get_weather",
    description: "The weather of a city",
    parameters: z.object({ city: z.string() }),
    execute,
  });

await shared.runClient("OpenAI Agents (JavaScript)", "@openai/agents", {
  async document() {
    shared.expectPerson((await run(agent({ outputType: person }), shared.DOCUMENT_PROMPT)).finalOutput);
  },
  async "streamed document"() {
    const stream = await run(agent({ outputType: person }), shared.DOCUMENT_PROMPT, { stream: true });
    await stream.completed;
    shared.expectPerson(stream.finalOutput);
  },
  async "tool call"() {
    const counted = shared.weatherTool();
    const calling = agent({
      tools: [weather(async (input) => counted.answer(input))],
      modelSettings: { toolChoice: "required" },
      toolUseBehavior: "stop_on_first_tool",
    });
    await run(calling, shared.WEATHER_PROMPT);
    shared.expect(counted.calls > 0, "the tool was not called");
  },
  async "tool loop"() {
    const counted = shared.weatherTool();
    // Only the first turn has to call: the library then resets the choice.
    const calling = agent({
      tools: [weather(async (input) => counted.answer(input))],
      modelSettings: { toolChoice: "required" },
    });
    const answer = await run(calling, shared.WEATHER_PROMPT, { maxTurns: 4 });
    shared.expect(counted.calls > 0, "the tool was not called");
    shared.expectText(answer.finalOutput);
  },
  async text() {
    shared.expectText((await run(agent(), shared.TEXT_PROMPT)).finalOutput);
  },
  async "model names"() {
    shared.expectText((await run(agent({ model: shared.ALIAS }), shared.TEXT_PROMPT)).finalOutput);
    await shared.expectFailure(
      run(agent({ model: shared.UNKNOWN_MODEL }), shared.TEXT_PROMPT),
      (error) => error.status === 404,
    );
  },
  async errors() {
    await shared.expectFailure(
      run(agent({ modelSettings: { temperature: 9 } }), shared.TEXT_PROMPT),
      (error) => error.status === 400,
    );
  },
});
