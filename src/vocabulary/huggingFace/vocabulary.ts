import { FormworkError } from "../../errors.js";
import { byteLevelBytes, byteTokenValue, sentencePieceBytes } from "../spellings.js";
import { Vocabulary } from "../vocabulary.js";
import { bytePairEncoder } from "./encoder.js";
import { stagesOf, type TokenizerFile } from "./tokenizerFile.js";

/** Facts about the model that are not in `tokenizer.json`. */
export interface TokenizerVocabularyOptions {
  /** The id or ids that end a document. */
  eos: number | readonly number[];
  /** Rows of the model's output layer, often padded beyond the tokenizer's tokens. Default: the number of tokens. */
  size?: number;
}

const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

/**
 * The vocabulary of a Hugging Face `tokenizer.json` (its parsed content). Supports BPE and Unigram models with byte-level or
 * SentencePiece spelling, with or without byte fallback. Added tokens are text unless marked as special. Throws
 * `model_unavailable` for other kinds (WordPiece, WordLevel), whose tokens do not concatenate to the text.
 */
export function vocabularyFromTokenizer(file: unknown, options: TokenizerVocabularyOptions): Vocabulary {
  const tokenizer = checked(file);
  const spellings = spellingsOf(tokenizer);
  const added = new Map(tokenizer.added_tokens.map((token) => [token.id, token]));
  const size = options.size ?? Math.max(spellings.length, ...[...added.keys()].map((id) => id + 1));
  const byteLevel = isByteLevel(tokenizer);
  const unknown = unknownId(tokenizer);

  const tokens: Uint8Array[] = new Array(size);
  const special: number[] = [];
  for (let id = 0; id < size; id++) {
    const extra = added.get(id);
    let bytes: Uint8Array | null;
    if (extra !== undefined) bytes = extra.special ? null : encoder.encode(extra.content);
    else if (spellings[id] === undefined || id === unknown) bytes = null;
    else
      bytes = byteLevel
        ? byteLevelBytes(encoder.encode(spellings[id]))
        : pieceBytes(tokenizer, spellings[id]);
    if (bytes === null) special.push(id);
    tokens[id] = bytes ?? NOTHING;
  }
  return new Vocabulary({
    tokens,
    special,
    eos: options.eos,
    tokenize: bytePairEncoder(tokenizer, byteLevel),
  });
}

function checked(file: unknown): TokenizerFile {
  const candidate = file as TokenizerFile | null;
  const type = candidate?.model?.type;
  // Old files have no type.
  const kind = type ?? (candidate?.model?.merges === undefined ? undefined : "BPE");
  if (kind !== "BPE" && kind !== "Unigram") {
    throw new FormworkError(
      "model_unavailable",
      `The tokenizer is of the kind ${JSON.stringify(kind ?? null)}; BPE and Unigram are supported.`,
    );
  }
  return { ...candidate!, added_tokens: candidate!.added_tokens ?? [] };
}

function spellingsOf({ model }: TokenizerFile): string[] {
  const spellings: string[] = [];
  if (Array.isArray(model.vocab)) for (const [spelling] of model.vocab) spellings.push(spelling);
  else for (const [spelling, id] of Object.entries(model.vocab)) spellings[id] = spelling;
  return spellings;
}

function isByteLevel(tokenizer: TokenizerFile): boolean {
  const stages = [...stagesOf(tokenizer.decoder), ...stagesOf(tokenizer.pre_tokenizer)];
  return stages.some((stage) => stage.type === "ByteLevel");
}

function unknownId({ model }: TokenizerFile): number {
  if (typeof model.unk_id === "number") return model.unk_id;
  if (typeof model.unk_token !== "string" || Array.isArray(model.vocab)) return -1;
  return (model.vocab as Record<string, number>)[model.unk_token] ?? -1;
}

function pieceBytes({ model }: TokenizerFile, spelling: string): Uint8Array {
  const spelled = encoder.encode(spelling);
  // A Unigram model may have byte fallback, too, but its file has no field for it.
  const byte = model.byte_fallback === false ? -1 : byteTokenValue(spelled);
  return byte < 0 ? sentencePieceBytes(spelled) : Uint8Array.of(byte);
}
