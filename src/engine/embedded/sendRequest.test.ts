import { describe, expect, it } from "vitest";
import type { CoreRequest } from "../core/core.js";
import type { ParentMessage } from "../process/messages.js";
import { sendRequest } from "./sendRequest.js";

const PIECE = 64 * 1024;
const request = (schemaText: string) => ({ schemaText, maxTokens: 1 }) as CoreRequest;

describe("a request on its way to the engine process", () => {
  it.each([0, 1, PIECE, PIECE + 1, 3 * PIECE, 200_001])(
    "has all of a schema of %d characters",
    async (length) => {
      const schemaText = "🙂x".repeat(length).slice(0, length);
      const sent: ParentMessage[] = [];
      expect(
        await sendRequest(
          (message) => sent.push(message),
          7,
          request(schemaText),
          () => false,
        ),
      ).toBe(true);
      const texts = sent.map((message) => {
        if (message.type === "schemaPiece") return message.text;
        return message.type === "generate" ? message.request.schemaText : "";
      });
      expect(texts.join("") === schemaText).toBe(true);
      expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(PIECE);
      expect(sent.at(-1)).toMatchObject({ type: "generate", key: 7, request: { maxTokens: 1 } });
    },
  );

  it("is not sent to its end once nobody waits for it", async () => {
    const sent: ParentMessage[] = [];
    const isOver = () => sent.length === 2;
    expect(
      await sendRequest((message) => sent.push(message), 7, request("x".repeat(9 * PIECE)), isOver),
    ).toBe(false);
    expect(sent.map(({ type }) => type)).toEqual(["schemaPiece", "schemaPiece"]);
  });
});
