/**
 * The quality of an answer. There are three separate criteria, because with a mask, a small model always satisfies the first, mostly the
 * second and seldom the third:
 * - validity (conformance to the schema) is determined by the validator, not here;
 * - completeness: the fraction of the requested parts that are present and not empty, 0 to 1;
 * - correctness: the fraction that is correct, 0 to 1; undefined if it cannot be judged.
 */
export interface Judgement {
  /** Fraction of the requested parts that are present, 0 to 1. */
  completeness: number;
  /** Fraction that is correct, 0 to 1; undefined if it cannot be judged. */
  correctness: number | undefined;
  /** One line about errors; empty if there are none. */
  detail: string;
}

/** Whether the case is entirely correct. */
export function isCorrect(judgement: Judgement): boolean {
  return judgement.correctness === undefined ? judgement.completeness === 1 : judgement.correctness === 1;
}
