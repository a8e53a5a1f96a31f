// Chat completions as any client of an engine asks for them: what the commands that try the plug-in share.

import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { RawJson, writeJson } from "../../dist/json/index.js";

/** The schema as it is written: numbers that a double cannot hold stay what they are. */
export function schemaFormat(schemaText) {
  const json_schema = { name: "document", schema: new RawJson(schemaText) };
  return { response_format: { type: "json_schema", json_schema } };
}

/**
 * Posts `body`; the response as it begins. Waits for as long as `signal` permits, whereas `fetch` fails after 300 s without
 * headers or data, which an engine on a busy CPU exceeds.
 */
export function postChat(url, body, signal) {
  const target = new URL(`${url}/v1/chat/completions`);
  const request = target.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    // A connection of its own: an engine may be about to close one that has been idle.
    const call = request(target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      agent: false,
      signal,
    });
    call.on("error", reject);
    call.on("response", (message) => {
      const headers = { "content-type": message.headers["content-type"] ?? "" };
      resolve(new Response(Readable.toWeb(message), { status: message.statusCode, headers }));
    });
    call.end(writeJson(body));
  });
}

/** The events of a streamed answer, parsed, without the one that says it is done. */
export async function* eventsOf(response) {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop();
    for (const line of lines) if (line.startsWith("data: {")) yield JSON.parse(line.slice("data: ".length));
  }
}

/** The answer whole, whether it was streamed or not. `status` is 200 for a stream that ends in an error, too. */
export async function answerOf(response) {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return await response.json();
  const choices = [];
  let usage = {};
  for await (const event of eventsOf(response)) {
    if (event.error !== undefined) return event;
    usage = event.usage ?? usage;
    for (const { index, delta, finish_reason: finish } of event.choices) {
      choices[index] ??= { message: { content: "", reasoning: "", tool_calls: [] }, finish_reason: null };
      const { message } = choices[index];
      message.content += delta.content ?? "";
      message.reasoning += delta.reasoning ?? delta.reasoning_content ?? "";
      for (const call of delta.tool_calls ?? []) {
        message.tool_calls[call.index] ??= { function: { name: "", arguments: "" } };
        message.tool_calls[call.index].function.name += call.function?.name ?? "";
        message.tool_calls[call.index].function.arguments += call.function?.arguments ?? "";
      }
      if (finish) choices[index].finish_reason = finish;
    }
  }
  return { choices, usage };
}
