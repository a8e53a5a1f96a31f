import type { ByteAutomaton } from "../automata/automaton.js";
import type { BoundedLanguage } from "../automata/bounded.js";
import { intersect, lengthBetween } from "../automata/operations.js";
import { encodeAutomaton } from "../automata/tables.js";
import { automata } from "../cache.js";
import { buildPattern } from "../pattern.js";
import { BASE64, FLAT_JSON, isBase64Json, isJson, JSON_CANDIDATES, SHORT_BASE64_JSON } from "./contents.js";
import {
  DATE,
  DATE_TIME,
  DURATION,
  ISO_DATE_TIME,
  ISO_TIME,
  ORDINARY_DATE,
  ORDINARY_DATE_TIME,
  ORDINARY_ISO_DATE_TIME,
  ORDINARY_ISO_TIME,
  ORDINARY_TIME,
  TIME,
} from "./dates.js";
import { isHostname, isIdnHostname } from "./idna.js";
import {
  EMAIL,
  HOSTNAME,
  HOSTNAME_CANDIDATES,
  IDN_EMAIL,
  IDN_HOSTNAME,
  IDN_HOSTNAME_CANDIDATES,
  IPV4,
  IPV6,
  MAILBOX,
} from "./internet.js";
import { isRegex, NO_REGEX, REGEX } from "./regexes.js";
import { IRI, IRI_REFERENCE, ORDINARY_URL, URI, URI_REFERENCE, URI_TEMPLATE, URL } from "./uris.js";

interface Format {
  /** Patterns without anchors, which all have to match: the language of the format, or a part of it. */
  patterns: readonly string[];
  /** The same for the whole language, if `patterns` describes the commonly accepted part. */
  whole?: readonly string[];
  /** Maximum number of code points, if limited. */
  maxLength?: number;
  /** If it is a part: a pattern for a superset of the language, and the test for the rest. */
  candidates?: string;
  check?: (text: string) => boolean;
  /** A pattern for the invalid strings that are generated under a negation. Default: everything that is not a candidate. */
  outside?: string;
}

type FormatPart = "whole" | "ordinary";

const HEXADECIMAL = "[\\dA-Fa-f]";
/** RFC 4122, without a prefix. */
const UUID = `${HEXADECIMAL}{8}(?:-${HEXADECIMAL}{4}){3}-${HEXADECIMAL}{12}`;
/** The same, also as the URN of RFC 4122, as in schemas and validators before draft 2019-09. */
const ANY_UUID = `(?:[Uu][Rr][Nn]:[Uu][Uu][Ii][Dd]:)?${UUID}`;
const JSON_POINTER = "(?:\\/(?:[^~\\/]|~[01])*)*";

/** RFC 5321, section 4.5.3.1.1. What follows the last `@` is the domain. */
const LOCAL_PART_LENGTH = "[^]{1,64}@[^@]*";

const HOST: Format = {
  patterns: [HOSTNAME],
  maxLength: 253,
  candidates: HOSTNAME_CANDIDATES,
  check: isHostname,
};

/** The formats of JSON Schema, drafts 3 to 2020-12, and others with a clear meaning. */
const FORMATS: Readonly<Record<string, Format>> = {
  date: { patterns: [ORDINARY_DATE], whole: [DATE] },
  time: { patterns: [ORDINARY_TIME], whole: [TIME] },
  "date-time": { patterns: [ORDINARY_DATE_TIME], whole: [DATE_TIME] },
  duration: { patterns: [DURATION] },
  "iso-time": { patterns: [ORDINARY_ISO_TIME], whole: [ISO_TIME] },
  "iso-date-time": { patterns: [ORDINARY_ISO_DATE_TIME], whole: [ISO_DATE_TIME] },
  email: { patterns: [EMAIL, LOCAL_PART_LENGTH], whole: [MAILBOX, LOCAL_PART_LENGTH] },
  "idn-email": { patterns: [IDN_EMAIL] },
  hostname: HOST,
  "host-name": HOST,
  "idn-hostname": { patterns: [IDN_HOSTNAME], candidates: IDN_HOSTNAME_CANDIDATES, check: isIdnHostname },
  ipv4: { patterns: [IPV4] },
  "ip-address": { patterns: [IPV4] },
  ipv6: { patterns: [IPV6] },
  uri: { patterns: [URI] },
  "uri-reference": { patterns: [URI_REFERENCE] },
  iri: { patterns: [IRI] },
  "iri-reference": { patterns: [IRI_REFERENCE] },
  "uri-template": { patterns: [URI_TEMPLATE] },
  url: { patterns: [ORDINARY_URL], whole: [URL] },
  uuid: { patterns: [UUID] },
  guid: { patterns: [UUID], whole: [ANY_UUID] },
  uuid1: { patterns: [uuidOfVersion(1)] },
  uuid3: { patterns: [uuidOfVersion(3)] },
  uuid4: { patterns: [uuidOfVersion(4)] },
  uuid5: { patterns: [uuidOfVersion(5)] },
  regex: { patterns: [REGEX], candidates: "[^]*", check: isRegex, outside: NO_REGEX },
  "json-pointer": { patterns: [JSON_POINTER] },
  "relative-json-pointer": { patterns: [`(?:0|[1-9]\\d*)(?:#|${JSON_POINTER})`] },
  "json-pointer-uri-fragment": {
    patterns: [`#(?:\\/(?:[A-Za-z\\d\\-._!$&'()*+,;:=@]|%${HEXADECIMAL}{2}|~[01])*)*`],
  },
};

/** Contents of strings: languages like those of formats, under names that no format has. */
const CONTENTS: Readonly<Record<string, Format>> = {
  "(base64)": { patterns: [BASE64] },
  "(json)": { patterns: [FLAT_JSON], candidates: JSON_CANDIDATES, check: isJson },
  "(base64 json)": { patterns: [SHORT_BASE64_JSON], candidates: BASE64, check: isBase64Json },
};

/**
 * The name, for `compileFormat` and related functions, of the demand of draft 7's `contentEncoding` and `contentMediaType` on a
 * string; undefined if they are unknown.
 */
export function contentName(encoding: unknown, mediaType: unknown): string | undefined {
  const isJsonText = typeof mediaType === "string" && /^application\/json(?:;|$)/i.test(mediaType.trim());
  if (encoding === undefined) return isJsonText ? "(json)" : undefined;
  if (typeof encoding !== "string" || encoding.toLowerCase() !== "base64") return undefined;
  return isJsonText ? "(base64 json)" : "(base64)";
}

/**
 * The automaton of a format; undefined for a name that only annotates. It only accepts valid strings; for the few languages that are
 * not regular (those with a `formatCheck`), it accepts their regular part.
 */
export function compileFormat(name: string, part: FormatPart = "whole"): ByteAutomaton | undefined {
  const bounded = boundedFormat(name, part);
  if (bounded === undefined || bounded.maxLength === Number.POSITIVE_INFINITY) return bounded?.automaton;
  const { automaton, minLength, maxLength } = bounded;
  return automata.take(`format ${name} ${part}`, () =>
    intersect(automaton, lengthBetween(minLength, maxLength)),
  );
}

/**
 * The same as an automaton with length bounds, which needs far fewer states if the format has a limit. `part`: the largest regular
 * part of the language, or the commonly accepted part.
 */
export function boundedFormat(name: string, part: FormatPart): BoundedLanguage | undefined {
  const format = formatOf(name);
  if (format === undefined) return undefined;
  const { patterns, whole = patterns, maxLength = Number.POSITIVE_INFINITY } = format;
  return { automaton: build(part === "whole" ? whole : patterns), minLength: 0, maxLength };
}

export interface FormatCheck {
  /** A superset of the valid strings. */
  candidates: BoundedLanguage;
  /** Whether a candidate is valid. */
  check: (text: string) => boolean;
  /** Texts that are invalid whatever follows some prefix of them. Default: all except the candidates. */
  outside: BoundedLanguage | undefined;
}

/** For a format whose language is not regular: the whole language, as a superset and a test of complete strings. */
export function formatCheck(name: string): FormatCheck | undefined {
  const { candidates, check, outside, maxLength = Number.POSITIVE_INFINITY } = formatOf(name) ?? {};
  if (candidates === undefined || check === undefined) return undefined;
  const unbounded = { minLength: 0, maxLength: Number.POSITIVE_INFINITY };
  return {
    candidates: { automaton: build([candidates]), minLength: 0, maxLength },
    check,
    outside: outside === undefined ? undefined : { automaton: build([outside]), ...unbounded },
  };
}

function formatOf(name: string): Format | undefined {
  if (Object.hasOwn(FORMATS, name)) return FORMATS[name];
  return Object.hasOwn(CONTENTS, name) ? CONTENTS[name] : undefined;
}

/** The formats that `compileFormat` supports. */
export function formatNames(): string[] {
  return Object.keys(FORMATS);
}

function build(patterns: readonly string[]): ByteAutomaton {
  return automata.take(keyOf(patterns), () => buildAnew(patterns));
}

function keyOf(patterns: readonly string[]): string {
  return `format ${patterns.join("\n")}`;
}

function buildAnew(patterns: readonly string[]): ByteAutomaton {
  return patterns.map((pattern) => buildPattern(`^(?:${pattern})$`)).reduce((a, b) => intersect(a, b));
}

/** Formats that take milliseconds to build in a new process. */
const PREPARED_FORMATS = [
  ...["date", "time", "date-time", "duration", "email", "hostname", "idn-email", "ipv4", "ipv6"],
  ...["uri", "uri-reference", "uri-template", "iri", "iri-reference", "url", "uuid", "regex"],
];

/** The automata of prepared formats, by format and part, as text: the content of `prepared.ts`. */
export function encodeFormats(): Record<string, string> {
  const encoded: Record<string, string> = {};
  for (const [name, patterns] of preparedPatterns()) encoded[name] = encodeAutomaton(buildAnew(patterns));
  return encoded;
}

/**
 * Loads the automata of the larger formats, which are otherwise built when first needed. Loaded on demand, so that bundles need not
 * contain them.
 */
export async function prepareFormats(): Promise<void> {
  const { PREPARED } = await import("./prepared.js");
  for (const [name, patterns] of preparedPatterns()) {
    const text = PREPARED[name];
    if (text !== undefined) automata.prepare(keyOf(patterns), text);
  }
}

function preparedPatterns(): [name: string, patterns: readonly string[]][] {
  return PREPARED_FORMATS.flatMap((name) => {
    const { patterns, whole } = FORMATS[name];
    const ordinary: [string, readonly string[]] = [`${name} ordinary`, patterns];
    return whole === undefined ? [ordinary] : [ordinary, [`${name} whole`, whole]];
  });
}

function uuidOfVersion(version: number): string {
  return `${HEXADECIMAL}{8}-${HEXADECIMAL}{4}-${version}${HEXADECIMAL}{3}-[89ABab]${HEXADECIMAL}{3}-${HEXADECIMAL}{12}`;
}
