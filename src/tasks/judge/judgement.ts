/**
 * How good one answer is. Three questions kept apart, since a small model behind a mask answers the first
 * always, the second mostly and the third seldom:
 * - validity (does it fit the schema) is up to the validator, not decided here;
 * - completeness: the share of what was asked for that is there and not empty, 0 ... 1;
 * - correctness: the share of it that is right, 0 ... 1; undefined where right and wrong cannot be judged.
 */
export interface Judgement {
  /** Share of what was asked for that is there, 0 ... 1. */
  completeness: number;
  /** Share of it that is right, 0 ... 1; undefined where it cannot be judged. */
  correctness: number | undefined;
  /** One line for a person: what was wrong. Empty when all was right. */
  detail: string;
}

/** A case is right only as a whole. */
export function isCorrect(judgement: Judgement): boolean {
  return judgement.correctness === undefined ? judgement.completeness === 1 : judgement.correctness === 1;
}
