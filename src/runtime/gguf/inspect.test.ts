import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultModelPath } from "../../models/testing/defaultModel.js";
import { byteLevelBytes } from "../../vocabulary/index.js";
import { ggufBytes } from "./file.js";
import { inspectGguf } from "./inspect.js";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "formwork-gguf-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

describe("inspectGguf", () => {
  it("describes the default model", async () => {
    const model = inspectGguf(await defaultModelPath());
    expect(model).toMatchObject({
      architecture: "llama",
      trainedContext: 8192,
      parameters: 134_515_008,
      tokenizer: "bpe",
      vocabularySize: 49_152,
      licence: "apache-2.0",
    });
    expect(model.chatTemplate).toContain("<|im_start|>");
    const vocabulary = model.vocabulary();
    expect(vocabulary.eos).toBe(2);
    expect(text(vocabulary.tokens[2])).toBe("<|im_end|>");
    expect(vocabulary.isSpecial(0)).toBe(true);
    const single = new Set<number>();
    for (let id = 0; id < vocabulary.size; id++) {
      if (!vocabulary.isSpecial(id) && vocabulary.tokens[id].length === 1)
        single.add(vocabulary.tokens[id][0]);
    }
    for (let byte = 0x20; byte < 0x7f; byte++) expect(single.has(byte), `byte ${byte}`).toBe(true);
    for (let byte = 0x80; byte < 0xc0; byte++) expect(single.has(byte), `byte ${byte}`).toBe(true);
  });

  it("spells SentencePiece tokens, byte tokens and control tokens", () => {
    const path = write(
      "spm.gguf",
      ggufBytes({
        "general.architecture": "llama",
        "general.name": "tiny",
        "llama.context_length": 2048,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", "<0x0A>", "\u2581the", "{", "[TOOL]", "<|im_end|>"],
        "tokenizer.ggml.token_type": Int32Array.of(2, 3, 3, 6, 1, 1, 4, 1),
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
      }),
    );
    const model = inspectGguf(path);
    expect(model).toMatchObject({ tokenizer: "spm", trainedContext: 2048, chatTemplate: null, name: "tiny" });
    const vocabulary = model.vocabulary();
    expect(vocabulary.tokens.slice(3, 7).map(text)).toEqual(["\n", " the", "{", "[TOOL]"]);
    expect([0, 1, 2, 3, 4, 5, 6, 7].filter((id) => vocabulary.isSpecial(id))).toEqual([0, 1, 2, 7]);
    expect(vocabulary.eos).toBe(2);
  });

  it("lets the chat template say what ends an answer", () => {
    const path = write(
      "ends.gguf",
      ggufBytes({
        "general.architecture": "llama",
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": ["a", "\u0120b", "<|endoftext|>", "<|eot_id|>", "\u4e2d"],
        "tokenizer.ggml.token_type": Int32Array.of(1, 1, 3, 3, 1),
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.chat_template":
          "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] | trim }}<|eot_id|>{% endfor %}",
      }),
    );
    const vocabulary = inspectGguf(path).vocabulary();
    expect(vocabulary.eos).toBe(3);
    expect(text(vocabulary.tokens[1])).toBe(" b");
    // Not a byte-level spelling: nothing that a model could write.
    expect(vocabulary.isSpecial(4)).toBe(true);
  });

  it("says what is wrong with a file that is no whole model", async () => {
    const whole = readFileSync(await defaultModelPath()).subarray(0, 3_000_000);
    const refused = (path: string, reason: RegExp): void => {
      expect(() => inspectGguf(path)).toThrow(
        expect.objectContaining({ code: "model_unavailable", message: expect.stringMatching(reason) }),
      );
    };
    refused(join(folder, "absent.gguf"), /no readable model file/);
    refused(write("text.gguf", Buffer.from("this is a text file, not a model")), /does not begin with GGUF/);
    refused(write("empty.gguf", Buffer.alloc(0)), /does not begin with GGUF/);
    refused(write("short.gguf", whole.subarray(0, 100_000)), /ends after 100000 bytes, inside its header/);
    refused(write("header.gguf", whole), /before its last weights/);
    const huge = Buffer.from(whole.subarray(0, 1000));
    huge.writeBigUInt64LE(2n ** 62n, 24);
    refused(write("huge.gguf", huge), /the length of a text is/);
    const version = Buffer.from(whole.subarray(0, 1000));
    version.writeUInt32LE(99, 4);
    refused(write("version.gguf", version), /its version is 99/);
  });

  it("refuses to spell out tokens of a kind it does not know", () => {
    const path = write(
      "other.gguf",
      ggufBytes({ "general.architecture": "rwkv", "tokenizer.ggml.model": "rwkv" }),
    );
    expect(inspectGguf(path).tokenizer).toBe("other");
    expect(() => inspectGguf(path).vocabulary()).toThrow(/kind rwkv/);
  });
});

describe("byte-level spelling", () => {
  it("covers every byte once", () => {
    const bytes = new Set<number>();
    for (let code = 0; code < 0x200; code++) {
      const spelled = byteLevelBytes(Buffer.from(String.fromCharCode(code)));
      if (spelled !== null) bytes.add(spelled[0]);
    }
    expect(bytes.size).toBe(256);
    expect(byteLevelBytes(Buffer.from("\u0120\u010a\u00e9"))).toEqual(Uint8Array.of(0x20, 0x0a, 0xe9));
  });
});
