import { describe, expect, test } from "vitest";
import { formatCheck } from "./formats.js";
import { decodePunycode, encodePunycode } from "./punycode.js";

/** The samples of RFC 3492, section 7.1, in lower case. */
const SAMPLES: [string, string][] = [
  ["ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"],
  ["他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"],
  ["למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"],
  ["почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"],
  ["3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"],
  ["そのスピードで", "d9juau41awczczp"],
  ["-> $1.00 <-", "-> $1.00 <--"],
  ["\u{1f600}a\u{10ffff}", ""],
];

test.each(SAMPLES)("punycode of %s", (label, encoded) => {
  if (encoded !== "") expect(encodePunycode(label)).toBe(encoded);
  expect(decodePunycode(encodePunycode(label))).toBe(label);
});

test("what is no punycode decodes to nothing", () => {
  for (const encoded of ["99999999", "a-é", "x", "zzzzzzzzzzzzzz"])
    expect(decodePunycode(encoded)).toBeUndefined();
});

describe("host names by their check", () => {
  const { check: isHostname } = formatCheck("hostname")!;
  const { check: isIdnHostname } = formatCheck("idn-hostname")!;

  test.each([
    ["l·l", true],
    ["a·l", false],
    ["α͵β", true],
    ["α͵s", false],
    ["א׳ב", true],
    ["a׳ב", false],
    ["・ぁ", true],
    ["・abc", false],
    ["ب٠ب", true],
    ["ب٠۰", false],
    ["क्\u200dष", true],
    ["क\u200dष", false],
    ["क्\u200cषx\u200cy", false],
    ["بي\u200cبي", true],
    ["aא", false],
    ["0a.א", false],
    ["א0٠", false],
    ["e\u0301", false],
    ["é", true],
    ["É", false],
    ["ü".repeat(60), false],
    [`${"π".repeat(50)}。com`, true],
    ["xn--9n2bp8q.com", true],
    ["ᄀ", false],
    ["𝒳", false],
    ["", false],
  ])("%s: %s", (name, valid) => {
    expect(isIdnHostname(name)).toBe(valid);
    if (/^[\0-\x7f]*$/.test(name)) return;
    // Its ASCII form stands or falls with it.
    const ascii = name
      .split(/[.。]/u)
      .map((label) => (/^[\0-\x7f]*$/.test(label) ? label : `xn--${encodePunycode(label)}`));
    expect(isHostname(ascii.join("."))).toBe(valid);
  });

  test.each([
    "xn--x",
    "xn--example-",
    "xn---9uc",
    "xn--7a",
    "-a",
    "a.",
    "a..b",
    "é",
    "a_b",
    "xn--aa---o47jg78q",
  ])("no host name: %s", (name) => {
    expect(isHostname(name)).toBe(false);
  });
});
