import { type Message, messagesOf, type PageRequest, settingsOf } from "../request.js";
import {
  bareTools,
  expressionOf,
  KEY_VARIABLE,
  literalOf,
  membersOf,
  quoted,
  type Snippet,
} from "./snippet.js";

const NAMES = { temperature: "temperature", max_tokens: "maxTokens", seed: "seed" } as const;

/** For `formwork/client`. */
export const typescript: Snippet = (request, { baseUrl, hasKey }) => {
  const key = hasKey ? `, apiKey: process.env.${KEY_VARIABLE}` : "";
  const [method, results] = {
    document: ["generate", "output"],
    chat: ["chat", "text, toolCalls"],
    regex: ["chat", "text"],
  }[request.mode];
  const members = membersOf([
    ...subject(request),
    ...settingsOf(request).map(([name, number]) => [NAMES[name], number] as const),
  ]);
  return `import { createClient } from "formwork/client";

const client = createClient({ baseUrl: "${baseUrl}"${key} });
const { ${results} } = await client.${method}({
${members}});
console.log(${results});
`;
};

function subject(request: PageRequest): (readonly [name: string, code: string | undefined])[] {
  const { mode, system, prompt, schema, regex, tools, toolChoice } = request;
  if (mode === "chat") {
    return [
      ["messages", JSON.stringify(messagesOf(request).map(clientMessage), null, 2)],
      ["tools", expressionOf(bareTools(tools))],
      ["toolChoice", `"${toolChoice}"`],
      ["parallelToolCalls", "false"],
    ];
  }
  return [
    ["system", quoted(system)],
    ["prompt", JSON.stringify(prompt)],
    mode === "document" ? ["schema", literalOf(schema).code] : ["regex", JSON.stringify(regex)],
  ];
}

function clientMessage({ role, content, tool_calls: calls, tool_call_id: toolCallId }: Message): object {
  const toolCalls = calls?.map(({ id, function: called }) => ({ id, ...called }));
  return { role, content: content ?? undefined, toolCalls, toolCallId };
}
