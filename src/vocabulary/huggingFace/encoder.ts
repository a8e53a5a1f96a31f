import { splitterOf } from "./splitting.js";
import { type Stage, stagesOf, type TokenizerFile } from "./tokenizerFile.js";

/** Maximum number of pieces whose tokens are cached; names and words recur. */
const MAX_REMEMBERED = 4096;
/** Longer pieces are not cached. */
const MAX_REMEMBERED_LENGTH = 64;

const NONE = new Int32Array(0);

/**
 * Tokenizes text as in the middle of an answer: no begin token, no leading space, no control tokens. The tokens spell exactly the
 * text; the result is empty if the tokenizer would rewrite the text (to another Unicode normal form) or split it at an added
 * token. Undefined if the file uses unsupported features (Unigram models, other normalizers and pre-tokenizers), since a
 * guess would not be canonical.
 */
export function bytePairEncoder(
  file: TokenizerFile,
  byteLevel: boolean,
): ((text: string) => Int32Array) | undefined {
  const { model } = file;
  const normalize = normalizerOf(file.normalizer);
  const split = splitterOf(file.pre_tokenizer);
  if (Array.isArray(model.vocab) || normalize === undefined || split === undefined) return undefined;
  if (model.continuing_subword_prefix || model.end_of_word_suffix || model.dropout) return undefined;

  const added = file.added_tokens.filter((token) => !token.special && token.content !== "");
  const ids = new Map(Object.entries(model.vocab as Record<string, number>));
  const ranks = ranksOf(model.merges ?? []);
  const remembered = new Map<string, readonly number[]>();
  const encode = (piece: string): readonly number[] => {
    const known = remembered.get(piece);
    if (known !== undefined) return known;
    const whole = model.ignore_merges === true ? ids.get(piece) : undefined;
    const tokens =
      whole === undefined
        ? merge([...piece], ranks).flatMap((part) => tokensOf(part, ids, !byteLevel))
        : [whole];
    if (piece.length <= MAX_REMEMBERED_LENGTH) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(piece, tokens);
    }
    return tokens;
  };
  return (text) => {
    const normal = normalize(text);
    if (normal === undefined || added.some((token) => text.includes(token.content))) return NONE;
    const tokens = split([normal]).flatMap(encode);
    return tokens.includes(UNKNOWN) ? NONE : Int32Array.from(tokens);
  };
}

/** Marks a part that the vocabulary cannot spell. */
const UNKNOWN = -1;

/** The normalizer; returns undefined for a text that it would change. */
function normalizerOf(stage: Stage | null): ((text: string) => string | undefined) | undefined {
  const steps: ((text: string) => string | undefined)[] = [];
  for (const each of stagesOf(stage)) {
    if (each.type === "Prepend") continue;
    if (each.type === "NFC") {
      steps.push((text) => (text.normalize("NFC") === text ? text : undefined));
      continue;
    }
    const { String: literal } = (each.pattern ?? {}) as { String?: string };
    const { content } = each;
    if (each.type !== "Replace" || literal === undefined || typeof content !== "string") return undefined;
    steps.push((text) => text.replaceAll(literal, content));
  }
  return (text) => {
    let result: string | undefined = text;
    for (const step of steps) if (result !== undefined) result = step(result);
    return result;
  };
}

/** From left and right spelling, separated by a character that occurs in no spelling, to the rank of the merge. */
function ranksOf(merges: NonNullable<TokenizerFile["model"]["merges"]>): Map<string, number> {
  const ranks = new Map<string, number>();
  for (let rank = 0; rank < merges.length; rank++) {
    const pair = merges[rank];
    const [left, right] = typeof pair === "string" ? pair.split(" ") : pair;
    ranks.set(`${left}\n${right}`, rank);
  }
  return ranks;
}

/** Applies the merge of the lowest rank, leftmost first, until none is left. */
function merge(parts: string[], ranks: ReadonlyMap<string, number>): string[] {
  while (parts.length > 1) {
    let best = Number.POSITIVE_INFINITY;
    let at = -1;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(`${parts[i]}\n${parts[i + 1]}`);
      if (rank !== undefined && rank < best) {
        best = rank;
        at = i;
      }
    }
    if (at < 0) break;
    parts.splice(at, 2, parts[at] + parts[at + 1]);
  }
  return parts;
}

const encoder = new TextEncoder();

function tokensOf(part: string, ids: ReadonlyMap<string, number>, byteFallback: boolean): number[] {
  const id = ids.get(part);
  if (id !== undefined) return [id];
  if (!byteFallback) return [UNKNOWN];
  const tokens: number[] = [];
  for (const byte of encoder.encode(part)) {
    const fallback = ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
    tokens.push(fallback ?? UNKNOWN);
  }
  return tokens;
}
