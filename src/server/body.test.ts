import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
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
    const deep = '{"tools":[{},{"function":{"parameters":{"properties":{"a":{},"b":{},"a":{}}}}}]}';
    await expect(readBody(request(deep), LIMIT)).rejects.toMatchObject({
      ...twice,
      pointer: "/tools/1/function/parameters/properties/a",
      message: expect.stringContaining("more than once"),
    });
  });
});

describe("a body in a Content-Encoding", () => {
  const CODINGS = {
    gzip: gzipSync,
    deflate: deflateSync,
    br: (body: Uint8Array | string) =>
      brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  };
  type Coding = keyof typeof CODINGS;
  const names = Object.keys(CODINGS) as Coding[];

  function coded(body: Uint8Array, coding: string, taken: number[] = []): BodySource {
    const headers = { "content-encoding": coding };
    const copy = new Uint8Array(body);
    return {
      request: new Request("http://localhost/generate", { method: "POST", body: copy, headers }),
      share: { take: (count) => taken.push(count), leave: () => {} },
    };
  }

  it.each(names)("%s is read like any other, within the same limit", async (coding) => {
    const prompt = "é".repeat(600_000);
    const body = CODINGS[coding](JSON.stringify({ prompt }));
    for (const name of [coding, ` ${coding.toUpperCase()}`]) {
      expect((await readBody(coded(body, name), LIMIT)).string("prompt") === prompt).toBe(true);
    }
    await expect(readBody(coded(body, coding), 1 << 20)).rejects.toMatchObject({ code: "body_too_large" });
  });

  it.each(names)("%s that decodes to very much more is given up at the limit", async (coding) => {
    const bomb = CODINGS[coding](Buffer.alloc(32 << 20));
    expect(bomb.length).toBeLessThan(1 << 17);
    const taken: number[] = [];
    await expect(readBody(coded(bomb, coding, taken), 1 << 20)).rejects.toMatchObject({
      code: "body_too_large",
    });
    expect(taken.reduce((sum, count) => sum + count, 0)).toBeLessThan((1 << 20) + bomb.length + 1);
  });

  it.each(names)("%s that is cut or no such data is rejected", async (coding) => {
    const body = CODINGS[coding]('{"prompt":"Ada"}');
    for (const broken of [body.subarray(0, -3), Buffer.from('{"prompt":"Ada"}')]) {
      await expect(readBody(coded(broken, coding), LIMIT)).rejects.toMatchObject({ code: "invalid_request" });
    }
  });

  it("of another kind is unsupported_media_type; identity is none", async () => {
    const body = Buffer.from('{"prompt":"Ada"}');
    for (const coding of ["zstd", "gzip, br", "toString"]) {
      await expect(readBody(coded(body, coding), LIMIT)).rejects.toMatchObject({
        code: "unsupported_media_type",
      });
    }
    expect((await readBody(coded(body, "identity"), LIMIT)).string("prompt")).toBe("Ada");
  });
});
