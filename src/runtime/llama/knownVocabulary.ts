/**
 * The cached vocabulary of a model loaded earlier. Requesting 49,000 tokens from the library takes longer than reading them from a
 * file, which can be done while the library loads the weights.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { keepLastUsed, touch, writeWhole } from "../../system/index.js";
import { Vocabulary } from "../../vocabulary/index.js";
import { PLATFORM_PACKAGE_VERSION } from "./abi.js";

/** Everything obtained from the library token by token. */
export interface TokenFacts {
  tokens: readonly Uint8Array[];
  special: readonly number[];
  /** Tokens that end a turn. */
  ends: readonly number[];
  /** The one that is generated. */
  end: number;
}

/** A vocabulary whose tokenizer is set later, when the model is loaded. */
export interface KnownVocabulary {
  facts: TokenFacts;
  vocabulary: Vocabulary;
  /** Sets the model's tokenizer. */
  bind(tokenize: (text: string) => Int32Array): void;
}

export interface VocabularyStore {
  folder: string;
  /** Length of the part of the model's file that describes the vocabulary: everything before the tensors. */
  headerBytes: number;
}

const VERSION = 1;
const SUFFIX = ".tokens";
const MAX_KEPT = 8;
/** Length of the digest before a file's content. */
const DIGEST = 32;

/** The vocabulary of the model at `path`, if a model with an identical header was loaded before. */
export function knownVocabulary(path: string, store: VocabularyStore): KnownVocabulary | undefined {
  try {
    const file = fileOf(path, store);
    const facts = unpack(readFileSync(file));
    if (facts === undefined) return undefined;
    touch(file);
    let tokenizer: (text: string) => Int32Array = () => new Int32Array(0);
    const { tokens, special, end } = facts;
    const tokenize = (text: string) => tokenizer(text);
    return {
      facts,
      vocabulary: new Vocabulary({ tokens, special, eos: end, tokenize }),
      bind: (own) => {
        tokenizer = own;
      },
    };
  } catch {
    // Not cached, or unreadable: use the library.
    return undefined;
  }
}

/** Caches `facts` for later loads. If the folder cannot be written, the library is used again. */
export function keepVocabulary(path: string, store: VocabularyStore, facts: TokenFacts): void {
  try {
    writeWhole(fileOf(path, store), pack(facts));
    keepLastUsed(store.folder, SUFFIX, MAX_KEPT);
  } catch {
    // A full disk or a read-only folder.
  }
}

/** Named after the header, since a file may be replaced under its name, and after the library's version. */
function fileOf(path: string, { folder, headerBytes }: VocabularyStore): string {
  const header = Buffer.allocUnsafe(headerBytes);
  const descriptor = openSync(path, "r");
  try {
    let filled = 0;
    while (filled < headerBytes) {
      const got = readSync(descriptor, header, filled, headerBytes - filled, filled);
      if (got === 0) throw new Error("The file became shorter.");
      filled += got;
    }
  } finally {
    closeSync(descriptor);
  }
  const key = createHash("sha256").update(`${VERSION} ${PLATFORM_PACKAGE_VERSION}\n`).update(header);
  return join(folder, `${key.digest("hex").slice(0, 32)}${SUFFIX}`);
}

/**
 * Layout: a digest of the rest; as 32-bit integers, the numbers of tokens, special tokens and ends, the end that is generated, the
 * length of each token, the special tokens, the ends; then the bytes of all tokens.
 */
function pack({ tokens, special, ends, end }: TokenFacts): Buffer {
  const lengths = tokens.map(({ length }) => length);
  const numbers = Int32Array.from([
    tokens.length,
    special.length,
    ends.length,
    end,
    ...lengths,
    ...special,
    ...ends,
  ]);
  const content = Buffer.concat([Buffer.from(numbers.buffer), ...tokens]);
  return Buffer.concat([createHash("sha256").update(content).digest(), content]);
}

function unpack(file: Buffer): TokenFacts | undefined {
  const content = Uint8Array.prototype.slice.call(file, DIGEST);
  if (!createHash("sha256").update(content).digest().equals(file.subarray(0, DIGEST))) return undefined;
  const [count, specialCount, endCount, end] = new Int32Array(content.buffer, 0, 4);
  const lengths = new Int32Array(content.buffer, 16, count);
  const others = new Int32Array(content.buffer, 16 + count * 4, specialCount + endCount);
  const tokens: Uint8Array[] = new Array(count);
  let at = 16 + (count + specialCount + endCount) * 4;
  for (let id = 0; id < count; id++) {
    tokens[id] = content.subarray(at, at + lengths[id]);
    at += lengths[id];
  }
  return {
    tokens,
    special: [...others.subarray(0, specialCount)],
    ends: [...others.subarray(specialCount)],
    end,
  };
}
