import type { Client } from "../client/index.js";
import { engineOption } from "../engine/options/index.js";
import { settingOf } from "./config/fromTable.js";
import { type Setting, text, type ValuesOf } from "./config/setting.js";

/** What opens the proxy in front of a deployment on Modal. */
const modalTokenSettings = {
  modalKey: settingOf(engineOption("modalKey")) as Setting<string | undefined>,
  modalSecret: settingOf(engineOption("modalSecret")) as Setting<string | undefined>,
};

/** How a command reaches a server that runs elsewhere. */
export const remoteSettings = {
  apiKey: text({ flag: "--api-key <key>", description: "sent as a bearer token", isSecret: true }),
  ...modalTokenSettings,
};

/**
 * A client of the server at `url`; `healthUrl` is the whole address of `/health` where another server answers it.
 * Throws `wrong_usage` where either is not a URL.
 */
export async function openClient(
  url: string,
  values: ValuesOf<typeof remoteSettings> & { healthUrl?: string | undefined },
): Promise<Client> {
  const { createClient } = await import("../client/index.js");
  return createClient({ baseUrl: url, ...values });
}
