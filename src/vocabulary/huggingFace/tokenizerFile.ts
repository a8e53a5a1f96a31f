/** The parts of a `tokenizer.json`, as written by the `tokenizers` library, that are used. */

export interface Stage {
  type: string;
  [setting: string]: unknown;
}

export interface AddedToken {
  id: number;
  content: string;
  special: boolean;
}

export interface TokenizerFile {
  normalizer: Stage | null;
  pre_tokenizer: Stage | null;
  decoder: Stage | null;
  added_tokens: readonly AddedToken[];
  model: {
    type: string;
    /** BPE: ids by spelling. Unigram: spelling and score, by id. */
    vocab: Record<string, number> | readonly (readonly [spelling: string, score: number])[];
    merges?: readonly (string | readonly [left: string, right: string])[];
    byte_fallback?: boolean;
    ignore_merges?: boolean;
    unk_token?: string | null;
    unk_id?: number | null;
    continuing_subword_prefix?: string | null;
    end_of_word_suffix?: string | null;
    dropout?: number | null;
  };
}

/** `stage` itself, or the stages of a sequence, including nested ones, in order. */
export function stagesOf(stage: Stage | null | undefined): Stage[] {
  if (stage === null || stage === undefined) return [];
  if (stage.type !== "Sequence") return [stage];
  const inner = stage.normalizers ?? stage.pretokenizers ?? stage.decoders;
  return Array.isArray(inner) ? inner.flatMap((each) => stagesOf(each as Stage)) : [];
}
