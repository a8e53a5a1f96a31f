import type { Client } from "../client/index.js";
import { text, type ValuesOf } from "./config/setting.js";

/** What opens the proxy in front of a deployment on Modal. */
export const modalTokenSettings = {
  modalKey: text({
    flag: "--modal-key <key>",
    description: "a Modal proxy token's key, wk-...",
    isSecret: true,
  }),
  modalSecret: text({
    flag: "--modal-secret <secret>",
    description: "a Modal proxy token's secret, ws-...",
    isSecret: true,
  }),
};

/** How a command reaches a server that runs elsewhere. */
export const remoteSettings = {
  apiKey: text({ flag: "--api-key <key>", description: "sent as a bearer token", isSecret: true }),
  ...modalTokenSettings,
};

/**
 * A client of the server at `url`; `healthUrl` is the whole address of `/health` where another server answers it.
 * Throws `wrong_usage` where either is no address.
 */
export async function openClient(
  url: string,
  values: ValuesOf<typeof remoteSettings> & { healthUrl?: string | undefined },
): Promise<Client> {
  const { createClient } = await import("../client/index.js");
  return createClient({ baseUrl: url, ...values });
}
