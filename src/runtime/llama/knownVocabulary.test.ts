import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Vocabulary } from "../../vocabulary/index.js";
import { inspectGguf } from "../gguf/inspect.js";
import { writeTinyModel } from "../gguf/tinyModel.js";
import type { Runtime } from "../runtime.js";
import { knownVocabulary } from "./knownVocabulary.js";
import { loadLlamaRuntime } from "./load.js";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "formwork-vocabulary-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const modelOf = (tokenizer: "spm" | "bpe") => {
  const path = join(home, `${tokenizer}.gguf`);
  writeTinyModel(path, { tokenizer });
  return path;
};
const storeOf = (path: string, folder: string) => ({
  folder: join(home, folder),
  headerBytes: inspectGguf(path).header.tensorsOffset,
});

async function load(path: string, folder: string): Promise<{ runtime: Runtime; heard: Vocabulary[] }> {
  const heard: Vocabulary[] = [];
  const runtime = await loadLlamaRuntime({
    path,
    maxSequences: 1,
    contextLength: 64,
    threads: 1,
    vocabularies: storeOf(path, folder),
    onVocabulary: (vocabulary) => {
      heard.push(vocabulary);
    },
  });
  runtime.close();
  return { runtime, heard };
}

const described = ({ vocabulary, model }: Runtime) => ({
  tokens: vocabulary.tokens.map((bytes) => [...bytes]),
  special: vocabulary.tokens.map((_, id) => vocabulary.isSpecial(id)),
  ends: vocabulary.ends,
  endOfTurn: model.endOfTurn,
});

test.each(["spm", "bpe"] as const)(
  "a second load knows the vocabulary that the first one read: %s",
  async (kind) => {
    const path = modelOf(kind);
    const first = await load(path, kind);
    expect(knownVocabulary(path, storeOf(path, kind))).toBeDefined();
    const second = await load(path, kind);
    expect(described(second.runtime)).toEqual(described(first.runtime));
    expect(second.heard).toEqual([second.runtime.vocabulary]);
    expect(second.heard[0]).toBe(second.runtime.vocabulary);
  },
);

test("a kept file that was changed counts as none, and is written anew", async () => {
  const path = modelOf("bpe");
  await load(path, "changed");
  const [name] = readdirSync(join(home, "changed"));
  const file = join(home, "changed", name);
  const whole = readFileSync(file);
  const damaged = Buffer.from(whole);
  damaged[damaged.length - 1] ^= 1;
  for (const bytes of [damaged, whole.subarray(0, 40), Buffer.alloc(0)]) {
    writeFileSync(file, bytes);
    expect(knownVocabulary(path, storeOf(path, "changed"))).toBeUndefined();
  }
  await load(path, "changed");
  expect(readFileSync(file)).toEqual(whole);
});

test("another header is another vocabulary, under whatever name the file has", async () => {
  const path = modelOf("spm");
  await load(path, "replaced");
  writeTinyModel(path, { tokenizer: "bpe" });
  expect(knownVocabulary(path, storeOf(path, "replaced"))).toBeUndefined();
});
