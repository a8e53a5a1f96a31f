import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ByteAutomaton } from "./automata/automaton.js";
import { RegexError } from "./error.js";
import { buildPattern, compilePattern } from "./pattern.js";

/**
 * What the specification says of `new RegExp(source, flags).test(text)`: a match from some code point on. (V8 also
 * tries the middle of a surrogate pair for patterns that may match nothing, such as `\B`.)
 */
function matchesSomewhere(source: string, text: string, flags = "u"): boolean {
  const sticky = new RegExp(source, `${flags}y`);
  for (let at = 0; at <= text.length; at++) {
    if (at > 0 && text.codePointAt(at - 1)! > 0xffff) continue;
    sticky.lastIndex = at;
    if (sticky.test(text)) return true;
  }
  return false;
}

/** The automaton of a random pattern; a few of them nest so many lookarounds that they are over the limits. */
function buildUnlessTooLarge(source: string): ByteAutomaton {
  try {
    return buildPattern(source);
  } catch (thrown) {
    fc.pre((thrown as RegexError).reason !== "too_large");
    throw thrown;
  }
}

const CHARACTERS = ["a", "b", "_", "1", " ", "-", "\n", "\u2028", "é", "€", "😀", "𝒳"];
const ESCAPES = [
  "\\d",
  "\\D",
  "\\w",
  "\\W",
  "\\s",
  "\\S",
  ".",
  "\\n",
  "\\u{1f600}",
  "\\ud83d\\ude00",
  "\\x61",
];
const PROPERTIES = ["\\p{L}", "\\P{L}", "\\p{Lu}", "\\p{Script=Latin}", "\\p{Emoji}"];
const CLASSES = ["[ab]", "[^a]", "[a-z_]", "[^\\w]", "[\\s1]", "[é-€]", "[^😀]", "[\\d\\p{L}-]", "[]", "[^]"];
const ASSERTIONS = ["^", "$", "\\b", "\\B"];
const QUANTIFIERS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,3}", "{2,}", "{1,2}?"];

const atom = fc.constantFrom(...CHARACTERS.filter((c) => c !== "-"), ...ESCAPES, ...PROPERTIES, ...CLASSES);

/** Patterns over every construct that is regular. */
const { pattern } = fc.letrec<{
  pattern: string;
  sequence: string;
  term: string;
  group: string;
  look: string;
}>((tie) => ({
  pattern: fc
    .array(tie("sequence"), { minLength: 1, maxLength: 2 })
    .map((alternatives) => alternatives.join("|")),
  sequence: fc.array(tie("term"), { maxLength: 3 }).map((terms) => terms.join("")),
  term: fc.oneof(
    { maxDepth: 2 },
    {
      weight: 4,
      arbitrary: fc.tuple(atom, fc.constantFrom("", "", ...QUANTIFIERS)).map((parts) => parts.join("")),
    },
    { weight: 2, arbitrary: fc.constantFrom(...ASSERTIONS) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie("group"), fc.constantFrom("", "", ...QUANTIFIERS))
        .map((parts) => parts.join("")),
    },
    { weight: 2, arbitrary: tie("look") },
  ),
  group: fc.tuple(fc.constantFrom("(", "(?:"), tie("pattern")).map(([open, body]) => `${open}${body})`),
  look: fc
    .tuple(fc.constantFrom("(?=", "(?!", "(?<=", "(?<!"), tie("pattern"))
    .map(([open, body]) => `${open}${body})`),
}));

const text = fc
  .array(fc.constantFrom(...CHARACTERS, "\ud83d", "\ude00"), { maxLength: 8 })
  .map((parts) => parts.join(""));

describe("compilePattern", () => {
  test("agrees with the JavaScript engine on random patterns and strings", () => {
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 12, maxLength: 12 }), (source, texts) => {
        const automaton = buildUnlessTooLarge(source);
        for (const each of ["", ...texts]) {
          expect([each, automaton.matches(each)]).toEqual([each, matchesSomewhere(source, each)]);
        }
      }),
      { numRuns: 800, maxSkipsPerRun: 0.05 },
    );
  });

  test.each([
    "^[a-z0-9-]+$",
    "^\\d{4}-\\d{2}-\\d{2}$",
    "^.{1,5}$",
    "(^a|b$)c?",
    "^(?!.*--)[a-z-]{2,}$",
    "^(?=.*[a-z])(?=.*\\d)(?!.*\\s).{3,6}$",
    "(?<=a)b(?!c)",
    "(?<!^)a(?=(?<=ba)c)",
    "\\bcat\\b|\\Bdog\\B",
    "^(?:(?:a|b)*c){2,}$",
    "^(?<year>\\d+)(?:-(?<month>\\d+))?$",
    "^[^\\u0000-\\u007f]*$",
    "a{0}b",
    "(?:)*$^",
  ])("agrees with the JavaScript engine on %s", (source) => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."abcdogt-12 \n😀"), maxLength: 9 }), (each) => {
        expect(compilePattern(source).matches(each)).toBe(new RegExp(source, "u").test(each));
      }),
      { numRuns: 300 },
    );
  });

  test("covers every code point, at its first and last of each length", () => {
    const automaton = compilePattern("^[\\u{7f}-\\u{80}\\u{7ff}-\\u{800}\\u{ffff}-\\u{10000}\\u{10fffe}]$");
    for (const point of [0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10fffe]) {
      expect(automaton.matches(String.fromCodePoint(point))).toBe(true);
    }
    for (const point of [0, 0x7e, 0x81, 0x7fe, 0x801, 0xd800, 0xdfff, 0xfffe, 0x10001, 0x10ffff]) {
      expect(automaton.matches(String.fromCodePoint(point))).toBe(false);
    }
  });

  test("takes Unicode properties from the running engine, whole", () => {
    for (const name of ["Lu", "Script_Extensions=Deva", "White_Space", "Any", "Cs", "ASCII_Hex_Digit"]) {
      const automaton = compilePattern(`^\\p{${name}}$`);
      const one = new RegExp(`^\\p{${name}}$`, "u");
      const wrong: number[] = [];
      for (let point = 0; point <= 0x10ffff; point += point < 0x3000 ? 1 : 37) {
        const character = String.fromCodePoint(point);
        if (automaton.matches(character) !== one.test(character)) wrong.push(point);
      }
      expect([name, wrong]).toEqual([name, []]);
    }
  });
});

describe("syntax without the u flag", () => {
  test.each([
    "^[\\w-.]+$",
    "^[\\w\\-\\_]+$",
    "^\\-?\\_\\@$",
    "a{,2}b",
    "^{a}$",
    "x{",
    "]",
    "\\8\\c\\k",
    "[\\c]",
    "[\\c1]",
    "\\1(?:a)\\_",
    "\\101\\_",
    "(?=a)*\\_",
    "(?=a){2}b\\_",
    "\\u{2}\\_",
    "\\p{2}\\_",
    "\\xg\\u12",
    "[\\d-x\\_]",
    "[\\b\\B\\7]\\_?",
    "(?<n>a)\\_|\\:",
  ])("%s", (source) => {
    expect(() => new RegExp(source, "u")).toThrow();
    const automaton = compilePattern(source);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."abkcux12{},A-_.@\\]\b\u0007\u0011:BpgD8"), maxLength: 6 }),
        (each) => {
          expect(automaton.matches(each)).toBe(new RegExp(source).test(each));
        },
      ),
      { numRuns: 400 },
    );
  });

  test("still counts code points", () => {
    expect(compilePattern("^[^\\_]$").matches("😀")).toBe(true);
  });
});

describe("refusals", () => {
  const reasonOf = (source: string, limits = {}): string => {
    try {
      buildPattern(source, limits);
      return "none";
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(RegexError);
      return (thrown as RegexError).reason;
    }
  };

  test.each(["(", "a**", "[b-a]", "(?P<name>x)", "a{2,1}", "(?<n>a)(?<n>b)", "\\"])(
    "no pattern: %s",
    (source) => {
      expect(reasonOf(source)).toBe("syntax");
    },
  );

  test.each(["(a)\\1", "(?<n>a|b)\\k<n>", "(a*)b\\1", "(?<=\\1(a))b"])("not regular: %s", (source) => {
    expect(reasonOf(source)).toBe("unsupported");
  });

  test.each(["()\\1a", "\\1(a)", "(a\\1)", "(?:\\1(a))+b", "(\\b)a\\1", "\\k<n>(?<n>a)"])(
    "a back-reference that can only be empty: %s",
    (source) => {
      const automaton = compilePattern(source);
      fc.assert(
        fc.property(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 5 }), (each) => {
          expect(automaton.matches(each)).toBe(new RegExp(source, "u").test(each));
        }),
      );
    },
  );

  test.each([
    "a.{40}b",
    "(?:a{1000}){1000}",
    "^(?:.{1,60}\\.){1,60}(?!x)y$",
    `${"(".repeat(500)}a${")".repeat(500)}`,
    "x".repeat(70_000),
    "^[^]{60000}$",
    "^(?=.*a.{30}b)(?=.*c.{30}d)(?!.*e.{30}f)",
  ])("too large: %#", (source) => {
    expect(reasonOf(source)).toBe("too_large");
  });

  test("the limit on states is the caller's", () => {
    expect(reasonOf("^.{100}$", { states: 100 })).toBe("too_large");
    expect(reasonOf("^.{100}$", { states: 2000 })).toBe("none");
  });
});

describe("size", () => {
  test.each([
    ["^[a-z0-9-]+$", 3],
    ["^[a-z]{0,2000}$", 2002],
    ["^(?:ab){0,500}$", 1002],
    ["a.{0,60}b", 600],
    ["[a-z]{1,2000}", 15],
    ["^(?:(?:[a-z]{1,20} ){1,30})?[a-z]{1,20}$", 700],
  ])("%s has at most %i states", (source, most) => {
    expect(compilePattern(source).stateCount).toBeLessThanOrEqual(most);
  });

  test("a pattern that restricts nothing is universal", () => {
    for (const source of ["", "a*", "^", "[^]*", "^(?:[^a]|a)*$", "(?=)", "a|(?!b)|b"]) {
      expect([source, compilePattern(source).isUniversal]).toEqual([source, true]);
    }
    for (const source of [".", "^[^\\u{10ffff}]*$", "a", "^.*$", "[]"]) {
      expect([source, compilePattern(source).isUniversal]).toEqual([source, false]);
    }
    expect(compilePattern("$a").isEmpty).toBe(true);
    expect(compilePattern("a").isEmpty).toBe(false);
  });
});

describe("inline flags", () => {
  test.each<[string, string[], string[]]>([
    ["^(?i:yes|no)$", ["YES", "no", "nO"], ["maybe"]],
    ["(?i)^abc[d-f]$", ["ABCE", "abcd"], ["abcg"]],
    ["^a(?i)b|c$", ["aB", "C"], ["Ab"]],
    ["^((?i)a)b$", ["Ab", "ab"], ["aB"]],
    ["^(?i:a(?-i:b)c)$", ["AbC", "abc"], ["aBc"]],
    ["(?s)^a.b$", ["a\nb"], ["ab"]],
    ["(?m)^b$", ["a\nb", "b\nc"], ["ab"]],
    ["(?i)[^a]", ["b"], ["A", "a"]],
    ["^\\(?i$", ["i", "(i"], ["I", "("]],
  ])("%s", (source, valid, invalid) => {
    const automaton = compilePattern(source);
    expect(valid.filter((text) => !automaton.matches(text))).toEqual([]);
    expect(invalid.filter((text) => automaton.matches(text))).toEqual([]);
  });

  test("other than i, m and s are refused", () => {
    expect(() => compilePattern("(?x)a b")).toThrow(/flag "x"/);
  });
});
