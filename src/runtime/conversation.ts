import type { ChatMessage } from "../types.js";

// Converts conversations to forms that chat templates accept.

export function asIs(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  return messages;
}

/** Merges all system messages into one at the start, where templates expect it. */
export function joinSystem(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const system = messages.filter((message) => message.role === "system");
  if (system.length === 0 || (system.length === 1 && messages[0] === system[0])) return messages;
  const content = system.map((message) => message.content).join("\n\n");
  return [{ role: "system", content }, ...messages.filter((message) => message.role !== "system")];
}

/** Moves the system message into the first user message, for templates without a system role. */
export function foldSystem(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const system = messages.filter((message) => message.role === "system").map((message) => message.content);
  const rest = messages.filter((message) => message.role !== "system");
  const first = rest[0];
  if (system.length === 0) return rest;
  if (first === undefined || first.role !== "user")
    return [{ role: "user", content: system.join("\n\n") }, ...rest];
  return [{ ...first, content: [...system, first.content].join("\n\n") }, ...rest.slice(1)];
}

/** Also joins consecutive messages of one role, for templates that require alternating roles. */
export function alternate(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const turns: ChatMessage[] = [];
  for (const message of foldSystem(messages)) {
    const last = turns.at(-1);
    if (last === undefined || last.role !== message.role || message.role === "tool") turns.push(message);
    else {
      const toolCalls = [...(last.toolCalls ?? []), ...(message.toolCalls ?? [])];
      turns[turns.length - 1] = {
        ...last,
        content: [last.content, message.content].filter((content) => content !== "").join("\n\n"),
        ...(toolCalls.length === 0 ? {} : { toolCalls }),
      };
    }
  }
  return turns;
}
