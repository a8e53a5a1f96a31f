import { compileSchema, type Vocabulary } from "../../../constraint/index.js";
import { FormworkError } from "../../../errors.js";
import type { MaskCase } from "./cases.js";
import { figuresOf, Samples } from "./samples.js";

/** Remaining tokens beyond the length of the ending, alternately. */
const TO_SPARE = [0, 1, 2, 3, 5, 9, 14, 40];
/** Maximum tokens per document. */
const MAX_TOKENS = 60;

/** Times masks near the end of a budget, each as if the budget ended soon after the token before it. Microseconds. */
export class NearEndRun {
  private readonly times = new Samples();
  private readonly vocabulary: Vocabulary;
  private readonly mask: Uint32Array;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.mask = new Uint32Array(vocabulary.maskWords);
  }

  /** The first valid document of a case; none if the schema is rejected. */
  run(one: MaskCase): void {
    const test = one.tests.find(({ valid }) => valid);
    if (test === undefined) return;
    try {
      const grammar = compileSchema(one.schema, { propertyOrder: "any", numbers: "plain" });
      const matcher = grammar.matcher(this.vocabulary);
      for (const token of test.tokens.slice(0, MAX_TOKENS)) {
        const remaining = matcher.tokensToEnd() + TO_SPARE[this.times.length % TO_SPARE.length];
        const began = performance.now();
        matcher.fillMask(this.mask, remaining);
        this.times.push((performance.now() - began) * 1000);
        if (!matcher.accept(token)) return;
      }
    } catch (thrown) {
      if (!(thrown instanceof FormworkError)) throw thrown;
    }
  }

  figures(): Record<string, number> {
    return figuresOf(this.times);
  }
}
