import { describe, expect, it } from "vitest";
import { contentOf, StringMachine } from "../../grammar/index.js";
import { compilePattern, wellFormed } from "../../regex/index.js";
import { allows, largerVocabulary, smallVocabulary } from "../testing/smallVocabulary.js";
import { LexemeMasks } from "./stringMasks.js";

const PATTERNS = [
  "",
  "^a\\s*$",
  "^[^é]*b?$",
  "^\\S*$",
  "^[ab]*$",
  "^.{2,5}$",
  "^(?!b)",
  "^[^\\u3000]*$",
  "a.b",
];
const MAX_STATES = 60;

function machineOf(pattern: string, escapes: "all" | "canonical", maxLength: number): StringMachine {
  const content = contentOf(wellFormed(compilePattern(pattern)));
  return new StringMachine({ content, escapes, minLength: 0, maxLength });
}

/** The first states of a machine, breadth first. */
function statesOf(machine: StringMachine): number[] {
  const states = new Set([machine.start]);
  for (const state of states) {
    for (let byte = 0; byte < 256 && states.size < MAX_STATES; byte++) {
      const target = machine.step(state, byte);
      if (target > 0) states.add(target);
    }
  }
  return [...states];
}

describe("masks inside a string", () => {
  const vocabulary = smallVocabulary();
  const masks = new LexemeMasks(vocabulary);

  for (const pattern of PATTERNS) {
    for (const escapes of ["all", "canonical"] as const) {
      for (const maxLength of [3, Number.POSITIVE_INFINITY]) {
        it(`hold the tokens whose bytes can be taken: /${pattern}/, ${escapes} escapes, up to ${maxLength}`, () => {
          const machine = machineOf(pattern, escapes, maxLength);
          for (const state of statesOf(machine)) {
            const { inside, exits } = masks.of(machine, state);
            const leaving = new Set(exits.flatMap(({ suffixes }) => [...suffixes.payload]));
            for (let token = 0; token < vocabulary.size; token++) {
              if (vocabulary.isSpecial(token)) continue;
              let at = state;
              for (const byte of vocabulary.tokens[token]) if (at > 0) at = machine.step(at, byte);
              expect([token, allows(inside, token), leaving.has(token)]).toEqual([token, at > 0, at < 0]);
            }
          }
        });
      }
    }
  }
});

const COUNTED = [
  "^.+$",
  "^[a-z]{3,60}$",
  "^(\\S+ ){0,9}\\S+$",
  "^(?:[a-z-]{1,20}\\.)+[a-z]{2,8}$",
  "^[^é]{1,40}$",
];

describe("masks inside a string, of a larger vocabulary", () => {
  const vocabulary = largerVocabulary(2500);
  const masks = new LexemeMasks(vocabulary);

  for (const pattern of COUNTED) {
    for (const maxLength of [12, 70, Number.POSITIVE_INFINITY]) {
      it(`hold the tokens whose bytes can be taken: /${pattern}/, up to ${maxLength}`, () => {
        const machine = machineOf(pattern, "all", maxLength);
        for (const state of statesOf(machine)) {
          const { inside, exits } = masks.of(machine, state);
          const leaving = new Set(exits.flatMap(({ suffixes }) => [...suffixes.payload]));
          const wrong: string[] = [];
          for (let token = 0; token < vocabulary.size; token++) {
            if (vocabulary.isSpecial(token)) continue;
            let at = state;
            for (const byte of vocabulary.tokens[token]) if (at > 0) at = machine.step(at, byte);
            if (allows(inside, token) !== at > 0 || leaving.has(token) !== at < 0)
              wrong.push(`${state}: ${JSON.stringify(String.fromCharCode(...vocabulary.tokens[token]))}`);
          }
          expect(wrong).toEqual([]);
        }
      });
    }
  }
});
