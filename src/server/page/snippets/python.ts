import { messagesOf, type PageRequest, settingsOf } from "../request.js";
import { KEY_VARIABLE, openaiTools, type Snippet } from "./snippet.js";

/** For the package `openai`. */
export const python: Snippet = (request, { baseUrl, hasKey }) => {
  const { mode } = request;
  const imports = [
    ...(mode === "regex" ? [] : ["import json"]),
    ...(hasKey ? ["import os"] : []),
    "",
    "from openai import OpenAI",
  ];
  const key = hasKey ? `os.environ["${KEY_VARIABLE}"]` : '"none"';
  const words = [
    'model="default"',
    `messages=${listOf(messagesOf(request))}`,
    ...subject(request),
    ...settingsOf(request).map(([name, number]) => `${name}=${number}`),
  ];
  const given = {
    document: rawText("schema", request.schema),
    chat: rawText("tools", openaiTools(request.tools)),
    regex: "",
  };
  return [
    ...imports,
    "",
    `client = OpenAI(base_url="${baseUrl}/v1", api_key=${key})`,
    given[mode],
    "response = client.chat.completions.create(",
    ...words.map((word) => `    ${word},`),
    ")",
    mode === "chat" ? "print(response.choices[0].message)" : "print(response.choices[0].message.content)",
    "",
  ].join("\n");
};

function subject({ mode, regex, toolChoice }: PageRequest): string[] {
  if (mode === "document")
    return ['response_format={"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}'];
  if (mode === "regex") return [`extra_body={"structured_outputs": {"regex": ${JSON.stringify(regex)}}}`];
  return ["tools=tools", `tool_choice="${toolChoice}"`, "parallel_tool_calls=False"];
}

/** JSON cannot contain three consecutive quotes, so it fits into a raw string unchanged. */
function rawText(name: string, json: string): string {
  return `${name} = json.loads(r"""\n${json.trim()}\n""")`;
}

/** JSON's strings, lists and objects mean the same in Python; in messages, only `null` differs. */
function listOf(messages: readonly object[]): string {
  const texts = messages.map((message) => {
    const members = Object.entries(message).map(
      ([name, value]) => `${JSON.stringify(name)}: ${value === null ? "None" : JSON.stringify(value)}`,
    );
    return `{${members.join(", ")}}`;
  });
  return texts.length === 1 ? `[${texts[0]}]` : `[\n        ${texts.join(",\n        ")},\n    ]`;
}
