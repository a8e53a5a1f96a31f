import { describe, expect, it } from "vitest";
import { type BodySource, readBody } from "./body.js";

const LIMIT = 8 << 20;

function request(body: string | Uint8Array<ArrayBuffer>): BodySource {
  return { request: new Request("http://localhost/generate", { method: "POST", body }) };
}

describe("a body", () => {
  it.each(["é", "日本", "🙂", "a🙂é"])(
    "of megabytes of %s is the text that was sent, wherever it is cut",
    async (unit) => {
      for (let shift = 0; shift < 4; shift++) {
        const prompt = "x".repeat(shift) + unit.repeat(400_000);
        const fields = await readBody(request(JSON.stringify({ prompt })), LIMIT);
        expect(fields.string("prompt") === prompt).toBe(true);
      }
    },
  );

  it("that is not UTF-8, or ends within a character, is rejected as that", async () => {
    const broken = new Uint8Array(700_000).fill(0x20);
    broken[600_000] = 0xff;
    await expect(readBody(request(broken), LIMIT)).rejects.toMatchObject({
      code: "invalid_json",
      message: expect.stringContaining("UTF-8"),
    });
    const cut = new TextEncoder().encode('{"prompt":"🙂').slice(0, -1);
    await expect(readBody(request(cut), LIMIT)).rejects.toThrow(/UTF-8/);
  });

  it("is read in turns, so that others are answered meanwhile", async () => {
    let turns = 0;
    let over = false;
    const count = () => {
      turns++;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    await readBody(request(JSON.stringify({ prompt: "x".repeat(4_000_000) })), LIMIT);
    over = true;
    // Every 32 KiB of text has its turn, and so has every 256 KiB of bytes.
    expect(turns).toBeGreaterThan(100);
  });

  it("that has a member more than once is rejected, at any depth", async () => {
    const twice = { code: "invalid_request", pointer: "/prompt" };
    await expect(readBody(request('{"prompt":1,"\\u0070rompt":2}'), LIMIT)).rejects.toMatchObject(twice);
    const fields = await readBody(request('{"options":{"seed":1,"seed":1}}'), LIMIT);
    expect(() => fields.object("options")).toThrow(/"seed" is given more than once/);
  });
});
