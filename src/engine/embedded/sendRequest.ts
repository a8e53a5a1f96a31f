import { setImmediate as nextTurn } from "node:timers/promises";
import type { CoreRequest } from "../core/core.js";
import type { ParentMessage } from "../process/messages.js";

/** Characters of a schema in one message: about a millisecond to write and to read. */
const PIECE = 64 * 1024;

/**
 * Sends a request to the engine process. The text of a long schema goes ahead in pieces, and after each others have their turn,
 * here and over there. Stops where `isOver` says that nobody waits any more; false then.
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
