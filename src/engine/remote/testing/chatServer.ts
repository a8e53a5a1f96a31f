import {
  json,
  type Reply,
  type ScriptedServer,
  scriptedServer,
  text,
} from "../../../client/testing/scriptedServer.js";
import { MODELS } from "./wire.js";

// What tests of answers and of their repair share: a server of OpenAI's protocol and a small schema for it.

export const PERSON = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};
/** Nothing that servers enforce: checked here. */
export const EVEN = {
  type: "object",
  properties: { n: { type: "integer", multipleOf: 2 } },
  required: ["n"],
};
export const ADA = '{"name":"Ada","age":36}';
export const PIECES = ['{"name"', ':"Ad', 'a","age":3', "6}"];
export const CHAT = "/v1/chat/completions";

/** A server that is healthy, has one model and gives these replies to chats. */
export function serverWith(
  chat: Reply | Reply[],
  more: Record<string, Reply | Reply[]> = {},
): Promise<ScriptedServer> {
  return scriptedServer({
    "GET /health": text(""),
    "GET /v1/models": json(MODELS),
    [`POST ${CHAT}`]: chat,
    ...more,
  });
}

export interface ChatBody {
  model: string;
  temperature: number;
  seed: number;
  messages: { role: string; content: string }[];
  response_format?: { type: string; json_schema?: { schema: unknown } };
}

/** The body of the chat request with that index. */
export function bodyOf(server: ScriptedServer, index = 0): ChatBody {
  return server.to(CHAT)[index].body as ChatBody;
}
