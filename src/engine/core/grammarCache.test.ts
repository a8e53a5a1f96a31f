import { describe, expect, it } from "vitest";
import { smallVocabulary } from "../../constraint/testing/smallVocabulary.js";
import { SchemaError } from "../../errors.js";
import { GrammarCache } from "./grammarCache.js";

describe("GrammarCache", () => {
  it("compiles a schema once and keeps a bounded number", () => {
    const cache = new GrammarCache({ entries: 3, bytes: 1 << 20 }, {});
    const first = cache.compile({ schemaText: '{"type":"string"}' });
    expect(cache.compile({ schemaText: '{"type":"string"}' })).toBe(first);
    for (let i = 0; i < 10; i++) {
      cache.compile({ schemaText: `{"const":${i}}` });
      cache.compile({ schemaText: '{"type":"string"}' });
    }
    expect(cache.size).toBe(3);
    expect(cache.compile({ schemaText: '{"type":"string"}' })).toBe(first);
  });

  it("is bounded by what the grammars hold, not by their number alone", () => {
    const bytes = 1 << 12;
    const cache = new GrammarCache({ entries: 100, bytes }, {});
    let held = 0;
    for (let i = 0; i < 12; i++) {
      held += cache.compile({ schemaText: `{"pattern":"^(a|b)*a(a|b){${i}}$"}` }).byteLength;
    }
    expect(held).toBeGreaterThan(bytes);
    expect(cache.bytes).toBeLessThanOrEqual(bytes);
  });

  it("counts the tables that strings of a pattern grow", () => {
    const bytes = 1 << 20;
    const cache = new GrammarCache({ entries: 100, bytes }, {});
    const vocabulary = smallVocabulary();
    const follow = (minLength: number) => {
      const source = {
        schemaText: `{"type":"string","pattern":"^([a-z]{2,5} )+$","minLength":${minLength}}`,
      };
      const grammar = cache.compile(source);
      const matcher = grammar.matcher(vocabulary);
      for (const token of matcher.closingTokens()) expect(matcher.accept(token)).toBe(true);
      // What it holds is measured when it is asked for again.
      return cache.compile(source).byteLength;
    };
    const held = Array.from({ length: 12 }, (_, i) => follow(300 + i));
    expect(Math.min(...held)).toBeGreaterThan(bytes / 100);
    expect(held.reduce((sum, one) => sum + one)).toBeGreaterThan(bytes);
    expect(cache.bytes).toBeLessThanOrEqual(bytes);
    expect(cache.size).toBeLessThan(12);
  });

  it("keeps refusals, and says the same each time", () => {
    const cache = new GrammarCache({ entries: 10, bytes: 1000 }, {});
    const refusalOf = () => {
      try {
        return cache.compile({ schemaText: '{"type":"strange"}' });
      } catch (error) {
        return error;
      }
    };
    const refusals = [refusalOf(), refusalOf()];
    expect(refusals[0]).toBeInstanceOf(SchemaError);
    expect(refusals[1]).toBe(refusals[0]);
    expect(cache.size).toBe(1);
  });

  it("lets one schema that is larger than the cache through", () => {
    const cache = new GrammarCache({ entries: 10, bytes: 5 }, {});
    expect(cache.compile({ schemaText: '{"type":"string"}' }).accepts('"x"')).toBe(true);
    expect(cache.size).toBe(0);
  });
});
