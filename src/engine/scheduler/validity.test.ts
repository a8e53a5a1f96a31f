import { describe, expect, it } from "vitest";
import { compileSchema } from "../../constraint/index.js";
import { FormworkError } from "../../errors.js";
import { Harness } from "../testing/harness.js";
import { randomSchema } from "../testing/randomSchema.js";
import { DocumentCheck } from "../validate/documentCheck.js";

describe("random schemas under random choices", () => {
  const documents = new DocumentCheck();

  it("all documents are valid, also at the least budget", async () => {
    const harness = new Harness({ maxSequences: 8 }, { seed: 5 });
    let finished = 0;
    for (let seed = 0; seed < 80; seed++) {
      const schema = randomSchema(seed);
      const schemaText = JSON.stringify(schema);
      const matcher = () => compileSchema(schema, { maxWhitespace: 0 }).matcher(harness.runtime.vocabulary);
      const least = matcher().tokensToEnd();
      if (least > 1) {
        expect(() => harness.ask({ schema, matcher: matcher(), maxTokens: least - 1 })).toThrow(
          FormworkError,
        );
      }
      const answers = [least, least + 7, 400].flatMap((maxTokens) =>
        [0, 1].map((draw) =>
          harness.ask({
            schema,
            matcher: matcher(),
            maxTokens: Math.max(maxTokens, 1),
            sampling: { temperature: 1.5, seed: seed * 10 + draw },
          }),
        ),
      );
      harness.run();
      for (const { text, error } of answers) {
        expect(error, schemaText).toBeUndefined();
        const verdict = await documents.check({ schemaText }, text);
        expect(verdict.valid, `${schemaText}\n${text}\n${verdict.pointer}: ${verdict.message}`).toBe(true);
        finished++;
      }
    }
    expect(finished).toBe(480);
    expect(harness.logged).toEqual([]);
  });
});
