import { fullFormats } from "ajv-formats/dist/formats.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ByteAutomaton } from "../automata/automaton.js";
import { boundedFormat, compileFormat, formatCheck, formatNames } from "./formats.js";

const VERDICTS: Record<string, { valid: string[]; invalid: string[] }> = {
  date: {
    valid: ["2024-02-29", "2000-02-29", "0000-12-31", "1999-04-30"],
    invalid: [
      "2023-02-29",
      "1900-02-29",
      "2024-04-31",
      "2024-00-10",
      "2024-1-01",
      "24-01-01",
      "2024-01-01Z",
      "২০২৪-01-01",
    ],
  },
  time: {
    valid: [
      "00:00:00Z",
      "23:59:59.123456789z",
      "12:30:00+05:45",
      "23:59:60Z",
      "15:59:60-08:00",
      "01:29:60.5+01:30",
    ],
    invalid: [
      "24:00:00Z",
      "12:00:00",
      "12:60:00Z",
      "22:59:60Z",
      "23:59:60+01:00",
      "12:00:00+24:00",
      "12:00:00,5Z",
      "1:00:00Z",
    ],
  },
  "date-time": {
    valid: [
      "2024-02-29T12:00:00Z",
      "1998-12-31T23:59:60Z",
      "1963-06-19t08:30:06.283185z",
      "1998-12-31T15:59:60.1-08:00",
    ],
    invalid: [
      "2024-02-30T12:00:00Z",
      "2024-02-29 12:00:00Z",
      "2024-02-29T12:00:00",
      "2024-02-29T12:00Z",
      "1998-12-31T22:59:60Z",
    ],
  },
  "iso-date-time": {
    valid: ["2024-02-29T12:00:00", "2024-02-29 12:00:00Z"],
    invalid: ["2024-02-29", "2024-02-30T12:00:00"],
  },
  "iso-time": { valid: ["12:00:00", "12:00:00.5+01:00", "23:59:60"], invalid: ["12:00", "25:00:00"] },
  duration: {
    valid: ["P1Y2M3DT4H5M6S", "P2W", "PT0S", "P1M", "PT36H", "P1Y2M", "PT1M2S", "P10D"],
    invalid: ["P", "PT", "P1YT", "P1Y2D", "PT1H2S", "P1Y2W", "P2D1Y", "PT0.5S", "-P1D", "P1", "1D"],
  },
  email: {
    valid: [
      "a@b.co",
      "first.last+tag@sub.example.com",
      "~!#$%&'*@x.yz",
      `${"a".repeat(64)}@example.com`,
      '"joe bloggs"@example.com',
      '"joe..b@c"@example.com',
      '"a\\"b"@example.com',
      "joe@[127.0.0.1]",
      "joe@[IPv6:::1]",
    ],
    invalid: [
      "a",
      "joe@[127.0.0.300]",
      "joe@[::1]",
      '"joe"b"@example.com',
      '"joe" <joe@example.com>',
      "a@",
      "@b.co",
      ".a@b.co",
      "a.@b.co",
      "a..b@b.co",
      "a b@b.co",
      "a@-b.co",
      "a@b.co, c@d.co",
      `${"a".repeat(65)}@example.com`,
    ],
  },
  "idn-email": {
    valid: ["실례@실례.테스트", "a@b", '"δοκιμή"@example.com', "cafe\u0301@cafe\u0301.com", "𝕏@example.com"],
    invalid: ["실례", "a＠example.com", "@example.com", "a@"],
  },
  hostname: {
    valid: [
      "localhost",
      "www.example.com",
      "1host",
      "a--b.com",
      `${"a".repeat(63)}.com`,
      `${"ab.".repeat(84)}a`,
    ],
    invalid: [
      "",
      ".",
      "example.",
      ".example",
      "-a",
      "a-",
      "a_b",
      "a b",
      `${"a".repeat(64)}.com`,
      `${"ab.".repeat(84)}ab`,
      "xn--x",
    ],
  },
  "idn-hostname": {
    valid: ["실례.테스트", "www.example.com", "例え。com", "straße"],
    invalid: ["", ".", "-hello", "a..b", "実-", "〮실례.테스트", "Ü", "ab--例"],
  },
  ipv4: {
    valid: ["0.0.0.0", "255.255.255.255", "10.20.30.40"],
    invalid: ["256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4/24", "1.2.3.4.5"],
  },
  ipv6: {
    valid: [
      "::",
      "::1",
      "1::",
      "1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7::",
      "::ffff:192.168.0.1",
      "fe80::a:b",
      "1:2:3:4:5:6:1.2.3.4",
    ],
    invalid: [
      ":",
      "1",
      "1::2::3",
      "12345::",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "::1.2.3.04",
      "fe80::1%eth0",
      ":1:2:3:4:5:6:7",
    ],
  },
  uri: {
    valid: [
      "http://example.com/a?b=c#d",
      "urn:isbn:1",
      "mailto:a@b.c",
      "http://[::1]:80/",
      "file:///etc",
      "http://a:b@c:1",
      "http://[v1.x]/",
    ],
    invalid: [
      "/a",
      "a",
      "//a",
      "http://a b",
      "http://a/%zz",
      "http://[::1",
      "1http://a",
      "http://a:b",
      "http:/[::1]",
      "http://é",
    ],
  },
  "uri-reference": {
    valid: ["", "a", "/a", "#f", "?q", "//h/p", "./a:b", "urn:x", "http:"],
    invalid: ["\\a", "a b", "1:b", "#a\\b", "/é"],
  },
  iri: {
    valid: ["http://ƒøø.ßår/?∂=π#x", "urn:é", "http://a/?q=\ue000"],
    invalid: ["/é", "http://a/\ue000", "é", "http://é b"],
  },
  "iri-reference": { valid: ["é", "/é", "#é", "//é/"], invalid: ["\\é", "#é\\", "é b"] },
  "uri-template": {
    valid: ["/a/{b}", "{+x,y*}{?z:3}", "{a.b}", "a'b", "é"],
    invalid: ["{", "}", "{}", "{a,}", "{a:0}", "a b", "{a..b}"],
  },
  url: {
    valid: [
      "https://example.com",
      "http://a.b.co:80/x?y#z",
      "FTP://x.org/",
      "http://127.0.0.1:8080/",
      "http://[::1]/",
      "https://user:word@example.com",
      "http://müller.example/ä",
      "https://example.com?q={searchTerms}",
      "http://localhost",
    ],
    invalid: ["example.com", "https://", "https:// a.com", "x://a.com", "http:///a", "http://-a.com"],
  },
  uuid: {
    valid: ["2EB8AA08-aa98-11ea-b4aa-73b441d16380"],
    invalid: ["2eb8aa08aa9811eab4aa73b441d16380", "urn:uuid:2eb8aa08-aa98-11ea-b4aa-73b441d16380"],
  },
  guid: {
    valid: ["2EB8AA08-aa98-11ea-b4aa-73b441d16380", "urn:uuid:2eb8aa08-aa98-11ea-b4aa-73b441d16380"],
    invalid: ["2eb8aa08aa9811eab4aa73b441d16380", "urn:2eb8aa08-aa98-11ea-b4aa-73b441d16380"],
  },
  uuid4: {
    valid: ["98d80576-482e-427f-8434-7f86890ab222"],
    invalid: ["98d80576-482e-127f-8434-7f86890ab222", "98d80576-482e-427f-c434-7f86890ab222"],
  },
  regex: {
    valid: ["^(?:a|b)+$", "(?<=a+)b", "([abc])+\\s+$", "[^a-z]{2,}?", ""],
    invalid: ["(", "[", "a**", "\\a", "(?P<n>a)", "{2}", "a{2,1}"],
  },
  "json-pointer": { valid: ["", "/", "/a/0/~0~1", "/é\n"], invalid: ["a", "#", "/~", "/~2"] },
  "relative-json-pointer": { valid: ["0", "1/a", "2#", "10/~0"], invalid: ["", "/a", "-1", "01", "0##"] },
  "json-pointer-uri-fragment": { valid: ["#", "#/a/%20~1"], invalid: ["", "/a", "#a", "#/ "] },
};

describe("formats", () => {
  test.each(Object.entries(VERDICTS))("%s", (name, { valid, invalid }) => {
    const automaton = compileFormat(name)!;
    expect(valid.filter((text) => !automaton.matches(text))).toEqual([]);
    expect(invalid.filter((text) => automaton.matches(text))).toEqual([]);
  });

  test("a limit on the length is that of the whole", () => {
    for (const name of formatNames()) {
      const { automaton, minLength, maxLength } = boundedFormat(name, "whole")!;
      const whole = compileFormat(name)!;
      const texts = (VERDICTS[name]?.valid ?? []).concat(VERDICTS[name]?.invalid ?? []);
      for (const text of texts) {
        const length = Array.from(text).length;
        expect(automaton.matches(text) && length >= minLength && length <= maxLength).toBe(
          whole.matches(text),
        );
      }
    }
    expect(boundedFormat("hostname", "whole")!.automaton.stateCount).toBeLessThan(200);
  });

  test("every other name is an annotation", () => {
    for (const name of ["", "byte", "binary", "password", "int32", "color", "constructor", "Date"]) {
      expect(compileFormat(name)).toBeUndefined();
      expect(formatCheck(name)).toBeUndefined();
    }
    for (const name of formatNames()) expect(compileFormat(name)!.isEmpty).toBe(false);
  });

  test("dates are those of the calendar", () => {
    const automaton = compileFormat("date")!;
    for (const year of [1, 4, 1600, 1700, 1999, 2000, 2023, 2024, 2100, 2400]) {
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          const date = new Date(0);
          date.setUTCFullYear(year, month - 1, day);
          const exists =
            date.getUTCMonth() === month - 1 && date.getUTCDate() === day && month >= 1 && month <= 12;
          const text = [
            String(year).padStart(4, "0"),
            String(month).padStart(2, "0"),
            String(day).padStart(2, "0"),
          ].join("-");
          expect([text, automaton.matches(text)]).toEqual([text, exists]);
        }
      }
    }
  });

  test("a leap second is the last of a day in UTC", () => {
    const automaton = compileFormat("time")!;
    const two = (number: number): string => String(number).padStart(2, "0");
    for (let local = 0; local < 24 * 60; local++) {
      for (let offset = -23 * 60 - 45; offset < 24 * 60; offset += 15) {
        const sign = offset < 0 ? "-" : "+";
        const size = Math.abs(offset);
        const text = `${two(Math.floor(local / 60))}:${two(local % 60)}:60${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        const utc = (local - offset + 48 * 60) % (24 * 60);
        if (automaton.matches(text) !== (utc === 24 * 60 - 1)) expect(text).toBe("judged right");
      }
    }
  });
});

/** A random string of the language: random steps, then straight to acceptance. */
function randomText(automaton: ByteAutomaton, choices: number[]): string {
  const bytes: number[] = [];
  let state = automaton.start;
  for (let i = 0; automaton.accepting[state] === 0 || i < choices.length; i++) {
    const onward = i >= choices.length;
    const options: number[] = [];
    for (let byte = 0; byte < 256; byte++) {
      const to = automaton.step(state, byte);
      if (to !== 0 && (!onward || automaton.distance[to] < automaton.distance[state])) options.push(byte);
    }
    if (options.length === 0) break;
    const byte = options[onward ? 0 : choices[i] % options.length];
    bytes.push(byte);
    state = automaton.step(state, byte);
  }
  return Buffer.from(bytes).toString();
}

const choices = fc.array(fc.nat(0xffff), { maxLength: 60 });

describe("what a format accepts is valid", () => {
  // RFC 6570 has dotted names and, by its errata, apostrophes; these ajv-formats refuses.
  const judged = formatNames().filter((name) => name in fullFormats && name !== "uri-template");

  test.each(judged)("%s, to ajv-formats", (name) => {
    const definition = fullFormats[name as keyof typeof fullFormats] as unknown;
    const validate = (definition as { validate?: unknown }).validate ?? definition;
    const judge =
      validate instanceof RegExp
        ? (text: string) => validate.test(text)
        : (validate as (text: string) => boolean);
    const automaton = compileFormat(name, "ordinary")!;
    fc.assert(
      fc.property(choices, (each) => {
        const text = randomText(automaton, each);
        expect([text, judge(text)]).toEqual([text, true]);
      }),
      { numRuns: 400 },
    );
  });

  test.each(["regex", "hostname", "idn-hostname"])("%s, to its own check", (name) => {
    const automaton = compileFormat(name)!;
    const { candidates, check } = formatCheck(name)!;
    fc.assert(
      fc.property(choices, (each) => {
        const text = randomText(automaton, each);
        expect([text, candidates.automaton.matches(text), check(text)]).toEqual([text, true, true]);
      }),
      { numRuns: 600 },
    );
  });

  test("iri, to the URL parser of the platform", () => {
    const automaton = compileFormat("iri")!;
    fc.assert(
      fc.property(choices, (each) => {
        const text = randomText(automaton, each);
        // It reads hosts and ports of http more strictly than the generic syntax, so only others are compared.
        if (!/^(?:https?|wss?|ftp|file):/i.test(text) && !text.includes("//"))
          expect(URL.canParse(text)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
