import type { Engine, GenerateRequest } from "../../../engine/index.js";
import { FormworkError } from "../../../errors.js";
import { bodyOf, readBody } from "../../body.js";
import { failureOf } from "../../failure.js";
import { planGeneration } from "../../request.js";
import type { App, Services } from "../../services.js";
import { readAnthropic } from "./read.js";

/** `POST /v1/messages/count_tokens`: the number of tokens of the message's prompt. */
export function addCountTokensRoute(app: App, { engine, config, openRequests }: Services): void {
  app.post("/v1/messages/count_tokens", async (context) => {
    const fields = await readBody(bodyOf(context), config.bodyLimitBytes);
    const { input } = readAnthropic(fields, config);
    const plan = planGeneration(context.get("requestId"), input, engine, config);
    const openRequest = openRequests.begin(context.req.raw.signal);
    try {
      const input_tokens = await promptTokens(engine, plan.requests[0], openRequest.signal);
      return context.json({ input_tokens });
    } catch (thrown) {
      throw failureOf(thrown, openRequest.signal);
    } finally {
      openRequest.end();
    }
  });
}

/** Starts the request and cancels it when the engine has reported the length of the prompt, before it generates. */
async function promptTokens(engine: Engine, request: GenerateRequest, signal: AbortSignal): Promise<number> {
  for await (const event of engine.generate(request, signal)) {
    // Some remote servers only report it at the end.
    if (event.type === "start" && event.promptTokens > 0) return event.promptTokens;
    if (event.type === "finish") return event.result.usage.promptTokens;
  }
  throw new FormworkError("internal", "The engine ended without an answer.");
}
