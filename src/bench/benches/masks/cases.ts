import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { Vocabulary } from "../../../constraint/index.js";
import { FormworkError } from "../../../errors.js";
import type { JsonSchema } from "../../../types.js";
import type { Shard } from "../../shard.js";

/** A schema with documents that are valid and documents that are not. */
export interface MaskCase {
  id: string;
  schema: JsonSchema;
  tests: MaskTest[];
}

export interface MaskTest {
  valid: boolean;
  text: string;
  tokens: number[];
}

/** The lines of a `.ndjson.gz` file that belong to the shard. */
export async function* readLines(path: string, shard: Shard): AsyncGenerator<string> {
  const file = createReadStream(path);
  const content = file.pipe(createGunzip());
  file.on("error", (error) => content.destroy(error));
  let number = 0;
  try {
    for await (const line of createInterface({ input: content, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line !== "" && number++ % shard.count === shard.index) yield line;
    }
  } catch (cause) {
    throw new FormworkError("wrong_usage", `Cannot read the cases in ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The cases of a folder: `cases.ndjson.gz`. */
export async function* readCases(folder: string, shard: Shard): AsyncGenerator<MaskCase> {
  for await (const line of readLines(join(folder, "cases.ndjson.gz"), shard))
    yield JSON.parse(line) as MaskCase;
}

/** The vocabulary that the folder's cases are tokenised with: `vocabulary.json`. */
export async function readVocabulary(folder: string): Promise<Vocabulary> {
  const path = join(folder, "vocabulary.json");
  let content: { tokens: string[]; special: number[]; eos: number };
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new FormworkError(
      "wrong_usage",
      `Cannot read the vocabulary in ${path}: ${(cause as Error).message}`,
      { cause },
    );
  }
  return new Vocabulary({
    tokens: content.tokens.map((hex) => new Uint8Array(Buffer.from(hex, "hex"))),
    special: content.special,
    eos: content.eos,
  });
}
