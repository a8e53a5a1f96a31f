import { FormworkError } from "../../errors.js";
import { PROTOCOLS } from "./protocols/index.js";
import type { RemoteKind } from "./protocols/protocol.js";

export interface ServerAddress {
  kind: RemoteKind;
  /** Without a trailing slash, and without the `/v1` of OpenAI clients' base URLs. */
  baseUrl: string;
}

/** Parses `vllm=http://host:port` etc. Throws `wrong_usage`. */
export function parseServerAddress(text: string): ServerAddress {
  const equals = text.indexOf("=");
  const kind = text.slice(0, equals);
  if (equals < 0 || !Object.hasOwn(PROTOCOLS, kind)) {
    const kinds = Object.keys(PROTOCOLS).map((name) => `${name}=URL`);
    throw new FormworkError(
      "wrong_usage",
      `There is no engine called "${text}". Engines: llama, ${kinds.join(", ")}.`,
    );
  }
  const address = text.slice(equals + 1);
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw new FormworkError("wrong_usage", `"${address}" is not a URL: write ${kind}=http://host:port.`, {
      cause,
    });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new FormworkError("wrong_usage", `"${address}" must start with http:// or https://.`);
  }
  return { kind: kind as RemoteKind, baseUrl: address.replace(/\/+$/, "").replace(/\/v1$/, "") };
}
