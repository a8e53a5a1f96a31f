/** The page's request: its fields, and the body of `POST /generate`. */
export type Mode = "document" | "chat" | "regex";

export interface Message {
  role: "system" | "user" | "assistant" | "tool";
  content: string | null;
  tool_calls?: readonly { id: string; type: "function"; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

export interface PageRequest {
  mode: Mode;
  system: string;
  prompt: string;
  /** JSON texts, sent unchanged, so that numbers and the order of names are preserved. */
  schema: string;
  tools: string;
  toolChoice: "auto" | "required" | "none";
  regex: string;
  /** The messages of a conversation before the prompt. */
  earlier: readonly Message[];
  /** Numbers as typed; empty for the server's default. */
  settings: Readonly<Record<SettingName, string>>;
}

export const SETTING_NAMES = ["temperature", "max_tokens", "seed"] as const;
export type SettingName = (typeof SETTING_NAMES)[number];

/** The members of the body, each with its JSON text. */
export function membersOf(request: PageRequest): [name: string, json: string][] {
  const members: [string, string][] = [];
  const add = (name: string, value: unknown) => members.push([name, JSON.stringify(value)]);
  if (request.mode === "chat") add("messages", messagesOf(request));
  else {
    if (request.system !== "") add("system", request.system);
    add("prompt", request.prompt);
  }
  if (request.mode === "document") members.push(["schema", request.schema.trim()]);
  if (request.mode === "regex") add("regex", request.regex);
  if (request.mode === "chat") {
    members.push(["tools", request.tools.trim()]);
    add("tool_choice", request.toolChoice);
    add("parallel_tool_calls", false);
  }
  for (const [name, number] of settingsOf(request)) members.push([name, number]);
  return members;
}

/** The conversation in OpenAI's format; after tool results, the prompt is optional. */
export function messagesOf({ system, earlier, prompt }: PageRequest): Message[] {
  const messages: Message[] = system === "" ? [] : [{ role: "system", content: system }];
  messages.push(...earlier);
  if (prompt !== "") messages.push({ role: "user", content: prompt });
  return messages;
}

/** The settings with a value, as JSON numbers. */
export function settingsOf({ settings }: PageRequest): [name: SettingName, number: string][] {
  return SETTING_NAMES.flatMap((name) =>
    settings[name].trim() === "" ? [] : [[name, String(Number(settings[name]))] as [SettingName, string]],
  );
}

/** A JSON object from members whose values are JSON texts. */
export function objectText(members: readonly (readonly [name: string, json: string])[]): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`;
}
