import { type Message, messagesOf, type PageRequest, settingsOf } from "../request.js";
import { type ToolText, toolTexts } from "../toolTexts.js";
import { expressionOf, KEY_VARIABLE, membersOf, quoted, type Snippet } from "./snippet.js";

const NAMES = { temperature: "temperature", max_tokens: "maxOutputTokens", seed: "seed" } as const;

/** For the AI SDK with Formwork's provider. */
export const aiSdk: Snippet = (request, { baseUrl, hasKey }) => {
  const key = hasKey ? `, apiKey: process.env.${KEY_VARIABLE}` : "";
  const [names, results] = {
    document: ["generateText, jsonSchema, Output", "output"],
    chat: ["generateText, jsonSchema, tool", "text, toolCalls"],
    regex: ["generateText", "text"],
  }[request.mode];
  const members = membersOf([
    ["model", "formwork()"],
    ["system", quoted(request.system)],
    ...subject(request),
    ...settingsOf(request).map(([name, number]) => [NAMES[name], number] as const),
  ]);
  return `import { ${names} } from "ai";
import { createFormwork } from "formwork/ai-sdk";

const formwork = createFormwork({ baseUrl: "${baseUrl}"${key} });
const { ${results} } = await generateText({
${members}});
console.log(${results});
`;
};

function subject(request: PageRequest): (readonly [name: string, code: string])[] {
  const { mode, prompt, schema, regex, tools, toolChoice } = request;
  if (mode === "chat") {
    const turns = messagesOf({ ...request, system: "" });
    return [
      ["messages", JSON.stringify(modelMessages(turns), null, 2)],
      ["tools", `{\n${membersOf(toolTexts(tools).map(toolMember))}}`],
      ["toolChoice", `"${toolChoice}"`],
      ["providerOptions", "{ formwork: { parallelToolCalls: false } }"],
    ];
  }
  return [
    ["prompt", JSON.stringify(prompt)],
    mode === "document"
      ? ["output", `Output.object({ schema: jsonSchema(${expressionOf(schema)}) })`]
      : ["providerOptions", `{ formwork: { regex: ${JSON.stringify(regex)} } }`],
  ];
}

function toolMember({ name, description, parameters }: ToolText) {
  const members = membersOf([
    ["description", description === undefined ? undefined : JSON.stringify(description)],
    ["inputSchema", `jsonSchema(${expressionOf(parameters)})`],
  ]);
  return [JSON.stringify(name), `tool({\n${members}})`] as const;
}

/** A conversation in the AI SDK's format. */
function modelMessages(messages: readonly Message[]): object[] {
  const names = new Map<string, string>();
  return messages.map(({ role, content, tool_calls: calls = [], tool_call_id: id = "" }) => {
    if (role === "tool") {
      const output = { type: "text", value: content ?? "" };
      return { role, content: [{ type: "tool-result", toolCallId: id, toolName: names.get(id), output }] };
    }
    if (calls.length === 0) return { role, content: content ?? "" };
    for (const call of calls) names.set(call.id, call.function.name);
    const parts = calls.map(({ id: toolCallId, function: { name: toolName, arguments: input } }) => ({
      type: "tool-call",
      toolCallId,
      toolName,
      input: JSON.parse(input) as unknown,
    }));
    return { role, content: content ? [{ type: "text", text: content }, ...parts] : parts };
  });
}
