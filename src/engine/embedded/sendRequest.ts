import { nextTurn } from "../../system/index.js";
import type { CoreRequest } from "../core/core.js";
import type { ParentMessage } from "../process/messages.js";

/** Characters of a schema per message, which take about a millisecond to write and read. */
const PIECE = 64 * 1024;

/**
 * Sends a request to the engine process. The text of a long schema is sent in pieces first, so that other work can run in between on
 * both sides. Stops and returns false if `isOver` reports that the request has ended.
 */
export async function sendRequest(
  send: (message: ParentMessage) => void,
  key: number,
  request: CoreRequest,
  isOver: () => boolean,
): Promise<boolean> {
  const { schemaText } = request;
  let at = 0;
  for (; at + PIECE < schemaText.length; at += PIECE) {
    send({ type: "schemaPiece", key, text: schemaText.slice(at, at + PIECE) });
    await nextTurn();
    if (isOver()) return false;
  }
  if (isOver()) return false;
  send({ type: "generate", key, request: { ...request, schemaText: schemaText.slice(at) } });
  return true;
}
