import { createApp } from "../app.js";
import { type ServerConfig, serverConfig } from "../config.js";
import { createLog } from "../log.js";
import { FakeEngine, type FakeEngineOptions } from "./fakeEngine.js";

/** An app over a fake engine, silent, and a short way to post to it. */
export function testApp(
  engineOptions: FakeEngineOptions = {},
  config: Partial<ServerConfig> = {},
  hosts?: ReadonlySet<string>,
) {
  const engine = new FakeEngine(engineOptions);
  const app = createApp({ engine, config: serverConfig(config), log: createLog("silent"), hosts });
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return { app, engine, post };
}

export const person = {
  type: "object",
  properties: { name: { type: "string" } },
  required: ["name"],
};

/** The events of a server-sent stream, in order. */
export function parseEvents(text: string): { name: string | undefined; data: string }[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => ({
      name: /^event: (.*)$/m.exec(block)?.[1],
      data: /^data: (.*)$/m.exec(block)?.[1] ?? "",
    }));
}
