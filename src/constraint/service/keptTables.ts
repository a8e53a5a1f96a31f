import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, keepLastUsed, touch, writeWhole } from "../../system/index.js";
import { packTables, TABLES_VERSION, unpackTables, type Vocabulary } from "../../vocabulary/index.js";

/** Maximum number of vocabularies whose tables are cached, least recently used first to go. 49,000 tokens take 6 MB, 200,000 about 25 MB. */
const MAX_KEPT = 8;
const SUFFIX = ".tables";

/**
 * Gives `vocabulary` the tables that an earlier process built from the same tokens, or builds them and stores them in `folder`.
 * Files are named after their input, verified when read, and written atomically. If the folder cannot be read or written,
 * the tables are built. Returns whether they were found.
 */
export function keepTables(vocabulary: Vocabulary, folder = join(cacheFolder(), "vocabularies")): boolean {
  const path = join(folder, `${keyOf(vocabulary)}${SUFFIX}`);
  const kept = read(path);
  if (kept !== undefined) {
    vocabulary.adopt(kept);
    return true;
  }
  const packed = packTables(vocabulary.tables);
  try {
    writeWhole(path, packed);
    keepLastUsed(folder, SUFFIX, MAX_KEPT);
  } catch {
    // A full disk or a read-only folder: the next process builds them again.
  }
  return false;
}

function read(path: string) {
  try {
    const tables = unpackTables(readFileSync(path));
    if (tables === undefined) return undefined;
    touch(path);
    return tables;
  } catch {
    return undefined;
  }
}

/** Hash of the tokens and the version of the tables. */
function keyOf(vocabulary: Vocabulary): string {
  const { size, tokens } = vocabulary;
  const lengths = new Int32Array(size);
  let total = 0;
  for (let id = 0; id < size; id++) {
    lengths[id] = vocabulary.isSpecial(id) ? -1 : tokens[id].length;
    total += Math.max(0, lengths[id]);
  }
  const bytes = new Uint8Array(total);
  for (let id = 0, at = 0; id < size; id++) {
    if (lengths[id] <= 0) continue;
    bytes.set(tokens[id], at);
    at += lengths[id];
  }
  return createHash("sha256")
    .update(`${TABLES_VERSION}\n`)
    .update(new Uint8Array(lengths.buffer))
    .update(bytes)
    .digest("hex")
    .slice(0, 32);
}
