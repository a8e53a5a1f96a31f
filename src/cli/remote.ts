import type { Client } from "../client/index.js";
import { engineOption } from "../engine/options/index.js";
import { settingOf } from "./config/fromTable.js";
import { list, type Setting, text, type ValuesOf } from "./config/setting.js";

const keys = list({ flag: "--api-key <key>", description: "", fallback: [] });

/** The key that a client sends. `formwork serve` takes several under the same name; a client sends the first. */
const apiKey: Setting<string | undefined> = {
  ...text({ flag: keys.flag, description: "API key, sent as a bearer token", isSecret: true }),
  readText: (written) => keys.readText(written)[0],
  readJson: (value) => (typeof value === "string" ? value : keys.readJson(value)[0]),
};

/** Credentials for Modal's proxy in front of a deployment. */
const modalTokenSettings = {
  modalKey: {
    ...(settingOf(engineOption("modalKey")) as Setting<string | undefined>),
    description: "key of a proxy token, wk-..., for a server on Modal",
  },
  modalSecret: settingOf(engineOption("modalSecret")) as Setting<string | undefined>,
};

/** How a command reaches a remote server. */
export const remoteSettings = {
  apiKey,
  ...modalTokenSettings,
};

/**
 * Creates a client of the server at `url`; `healthUrl` is the full URL of `/health`, if another server answers it. Throws `wrong_usage`
 * if either is not a URL.
 */
export async function openClient(
  url: string,
  values: ValuesOf<typeof remoteSettings> & { healthUrl?: string | undefined },
): Promise<Client> {
  const { createClient } = await import("../client/index.js");
  return createClient({ baseUrl: url, ...values });
}
