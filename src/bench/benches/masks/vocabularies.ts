import { Vocabulary } from "../../../constraint/index.js";
import { FormworkError } from "../../../errors.js";
import { Tokenizer } from "./tokenizer.js";

/** Public vocabularies larger than the cases' own, by their name for `--vocabulary`. */
export const VOCABULARY_NAMES = ["cl100k_base", "o200k_base"] as const;
export type VocabularyName = (typeof VOCABULARY_NAMES)[number];

interface Ranks {
  /** Lines of `! first-rank token token ...`, the tokens in base64. */
  bpe_ranks: string;
  special_tokens: Record<string, number>;
}

/**
 * A public vocabulary and its tokenizer, which the caller must close. Throws `wrong_usage` if the package with the vocabulary is not
 * installed.
 */
export async function publicVocabulary(
  name: VocabularyName,
): Promise<{ vocabulary: Vocabulary; tokenizer: Tokenizer }> {
  try {
    const module = `js-tiktoken/ranks/${name}`;
    const ranks = (await import(module)) as { default: Ranks };
    return { vocabulary: vocabularyOf(ranks.default), tokenizer: new Tokenizer(module) };
  } catch (cause) {
    const message = `The vocabulary ${name} comes with the package js-tiktoken: npm install js-tiktoken.`;
    throw new FormworkError("wrong_usage", message, { cause });
  }
}

function vocabularyOf(ranks: Ranks): Vocabulary {
  const tokens: Uint8Array[] = [];
  for (const line of ranks.bpe_ranks.split("\n")) {
    const [, first, ...encoded] = line.split(" ");
    encoded.forEach((text, index) => {
      tokens[Number(first) + index] = new Uint8Array(Buffer.from(text, "base64"));
    });
  }
  const special = Object.values(ranks.special_tokens);
  const size = Math.max(tokens.length, ...special.map((id) => id + 1));
  for (let id = 0; id < size; id++) {
    if (tokens[id] !== undefined) continue;
    tokens[id] = new Uint8Array(0);
    if (!special.includes(id)) special.push(id);
  }
  return new Vocabulary({ tokens, special, eos: ranks.special_tokens["<|endoftext|>"] });
}
