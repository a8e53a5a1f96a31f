import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import * as ai7 from "ai";
import * as ai6 from "ai-6";
import { createOpenAI as createOpenAI6 } from "ai-sdk-6-openai";
import { createOpenAICompatible as createOpenAICompatible6 } from "ai-sdk-6-openai-compatible";
import { z } from "zod";
import { createFormwork } from "../../../dist/client/ai-sdk/index.js";
import * as shared from "./scenarios.mjs";

const compatible = {
  name: "formwork",
  baseURL: shared.openaiUrl,
  // Without it the provider asks for JSON of any shape.
  supportsStructuredOutputs: true,
};
const openai = { baseURL: shared.openaiUrl, apiKey: shared.apiKey };

await testProvider("AI SDK 6, @ai-sdk/openai-compatible", "ai-6", ai6, createOpenAICompatible6(compatible));
await testProvider("AI SDK 6, @ai-sdk/openai", "ai-6", ai6, createOpenAI6(openai));
await testProvider("AI SDK 7, @ai-sdk/openai-compatible", "ai", ai7, createOpenAICompatible(compatible));
await testProvider("AI SDK 7, @ai-sdk/openai", "ai", ai7, createOpenAI(openai));
// Ours: one provider for both.
const formwork = createFormwork({ baseUrl: shared.serverUrl });
const isFormworkError = (error, status) => error.status === status && !error.retryable;
await testProvider("AI SDK 6, formwork/ai-sdk", "ai-6", ai6, formwork, isFormworkError);
await testProvider("AI SDK 7, formwork/ai-sdk", "ai", ai7, formwork, isFormworkError);

/** `isRefusal`: whether an error is the provider's own for a request that the server has refused with `status`. */
async function testProvider(client, packageName, sdk, provider, isRefusal = isApiCallError(sdk)) {
  const request = (prompt, more = {}) => ({
    model: provider("default"),
    prompt,
    temperature: 0,
    maxOutputTokens: shared.MAX_TOKENS,
    maxRetries: 0,
    ...more,
  });
  const output = () => sdk.Output.object({ schema: z.object({ name: z.string(), age: z.int() }) });
  const weather = (execute) =>
    sdk.tool({
      description: "The weather of a city",
      inputSchema: z.object({ city: z.string() }),
      ...(execute === undefined ? {} : { execute }),
    });

  await shared.runClient(client, packageName, {
    async document() {
      const answer = await sdk.generateText(request(shared.DOCUMENT_PROMPT, { output: output() }));
      shared.expectPerson(answer.output);
    },
    async "streamed document"() {
      const answer = sdk.streamText(request(shared.DOCUMENT_PROMPT, { output: output() }));
      let last;
      for await (const partial of answer.partialOutputStream) last = partial;
      shared.expectPerson(last);
    },
    async "tool call"() {
      const tools = { tools: { get_weather: weather() }, toolChoice: "required" };
      const answer = await sdk.generateText(request(shared.WEATHER_PROMPT, tools));
      shared.weatherTool().answer(answer.toolCalls[0].input);
    },
    async "tool loop"() {
      const tool = shared.weatherTool();
      const answer = await sdk.generateText(
        request(shared.WEATHER_PROMPT, {
          tools: { get_weather: weather(async (input) => tool.answer(input)) },
          prepareStep: ({ stepNumber }) => (stepNumber === 0 ? { toolChoice: "required" } : {}),
          stopWhen: sdk.stepCountIs?.(4) ?? sdk.isStepCount(4),
        }),
      );
      shared.expect(tool.calls > 0, "the tool was not called");
      shared.expectText(answer.text);
    },
    async text() {
      const answer = sdk.streamText(request(shared.TEXT_PROMPT));
      let text = "";
      for await (const part of answer.textStream) text += part;
      shared.expectText(text);
    },
    async "model names"() {
      const hello = request(shared.TEXT_PROMPT);
      shared.expectText((await sdk.generateText({ ...hello, model: provider(shared.ALIAS) })).text);
      await shared.expectFailure(
        sdk.generateText({ ...hello, model: provider(shared.UNKNOWN_MODEL) }),
        (error) => isRefusal(error, 404),
      );
    },
    async errors() {
      await shared.expectFailure(sdk.generateText(request(shared.TEXT_PROMPT, { temperature: 9 })), (error) =>
        isRefusal(error, 400),
      );
    },
  });
}

function isApiCallError(sdk) {
  return (error, status) =>
    sdk.APICallError.isInstance(error) && error.statusCode === status && !error.isRetryable;
}
