import { createRequire } from "node:module";
import { domainToASCII, domainToUnicode } from "node:url";

/**
 * The formats of both validators: those of ajv-formats, corrected to their RFCs where they are too permissive, and those that it lacks.
 * Includes every format that the constraint engine enforces: if one only annotated, its negation would fail for every text
 * (`test/formats.test.ts` compares the two).
 */

type Check = (text: string) => boolean;
type AjvFormat = RegExp | Check | { validate: AjvFormat } | true;

const require = createRequire(import.meta.url);

function checkOf(format: AjvFormat): Check {
  if (format === true) return () => true;
  if (format instanceof RegExp) return (text) => format.test(text);
  return typeof format === "function" ? format : checkOf(format.validate);
}

const ajvFormats = (require("ajv-formats/dist/formats") as { fullFormats: Record<string, AjvFormat> })
  .fullFormats;
const ajv = (name: string): Check => checkOf(ajvFormats[name]);

/**
 * RFC 3339 requires a colon before the minutes of an offset. Since leap seconds exist, offsets are multiples of a quarter of an hour.
 * ajv-formats accepts any offset at a leap second, and offsets without a colon or minutes.
 */
const OFFSET = /:(?:[0-5]\d(?:\.\d+)?(?:z|[+-]\d\d:\d\d)?|60(?:\.\d+)?(?:z|[+-]\d\d:(?:00|15|30|45))?)$/i;
const timeLike = (name: string): Check => {
  const check = ajv(name);
  return (text) => OFFSET.test(text) && check(text);
};

const isUriLoosely = ajv("uri");
const isUriReferenceLoosely = ajv("uri-reference");
const SCHEME = /^[a-z][a-z\d+.-]*:/i;

/** Whether the text after `//` is an authority. ajv-formats treats an invalid one as a path. */
function hasAuthority(text: string): boolean {
  const authority = /^(?:[^/?#]*:)?\/\/([^/?#]*)/.exec(text)?.[1];
  return authority === undefined || /^(?:[^@]*@)?(?:\[[^\]]*\]|[^:@]*)(?::\d*)?$/.test(authority);
}

const isUri = (text: string): boolean => isUriLoosely(text) && hasAuthority(text);
/** RFC 3986 permits no quotation marks, and no colons in the first segment of a relative path. */
const isUriReference = (text: string): boolean =>
  !text.includes('"') &&
  (SCHEME.test(text) || !/^[^/?#]*:/.test(text)) &&
  isUriReferenceLoosely(text) &&
  hasAuthority(text);

/** ucschar and iprivate of RFC 3987: everything beyond ASCII except controls, surrogates, specials and noncharacters. */
const UCS_CHARACTER =
  /(?!\p{Noncharacter_Code_Point})[\u{a0}-\u{d7ff}\u{f900}-\u{ffef}\u{10000}-\u{dffff}\u{e1000}-\u{efffd}]/gu;
const PRIVATE_CHARACTER = /(?!\p{Noncharacter_Code_Point})[\u{e000}-\u{f8ff}\u{f0000}-\u{10ffff}]/gu;

/** RFC 3987, section 3.1: an IRI is a text that becomes a URI when its non-ASCII characters are encoded. */
function encodeIri(text: string): string {
  const [, before, query = "", after = ""] = /^([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/.exec(text)!;
  const encode = (part: string) => part.replace(UCS_CHARACTER, encodeURIComponent);
  return encode(before) + encode(query).replace(PRIVATE_CHARACTER, encodeURIComponent) + encode(after);
}

const isIriReference = (text: string): boolean => isUriReference(encodeIri(text));

/** RFC 6570 with its errata: dots inside names and apostrophes in literals, which ajv-formats does not support. */
const URI_TEMPLATE = (() => {
  const part = "(?:[a-z0-9_]|%[0-9a-f]{2})";
  const name = `${part}(?:\\.?${part})*(?::[1-9][0-9]{0,3}|\\*)?`;
  const literal = '[^\\x00-\\x20"<>%\\\\^`{|}\\x7f]|%[0-9a-f]{2}';
  return new RegExp(`^(?:${literal}|\\{[+#./;?&=,!@|]?${name}(?:,${name})*\\})*$`, "iu");
})();
const BEYOND_ASCII = /[^\0-\x7f]/u;

const isAjvEmail = ajv("email");
const isIpv4 = ajv("ipv4");
const isIpv6 = ajv("ipv6");
const QUOTED_LOCAL_PART = /^"(?:[ !#-[\]-~]|\\[ -~])*"$/;
const QUOTED_WIDE_LOCAL_PART = /^"(?:[ !#-[\]-~]|\\[ -~]|[^\0-\x7f])*"$/u;

/** Local part and domain of an address, split at the last `@`. */
function partsOfAddress(text: string): [local: string, domain: string] {
  const at = text.lastIndexOf("@");
  return [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
}

const isAddressLiteral = (domain: string): boolean => {
  const inner = /^\[(IPv6:)?(.*)\]$/.exec(domain);
  return inner !== null && (inner[1] === undefined ? isIpv4 : isIpv6)(inner[2]);
};

/** RFC 5321's Mailbox with a domain of at least two labels, and with the length limits of its parts. */
function isEmail(text: string): boolean {
  const [local, domain] = partsOfAddress(text);
  if (local.length > 64) return false;
  const isKnownLocal = QUOTED_LOCAL_PART.test(local) || isAjvEmail(`${local}@example.com`);
  if (!isKnownLocal) return false;
  return isAddressLiteral(domain) || (isAjvEmail(`a@${domain}`) && domain.split(".").every(isShortLabel));
}

const isShortLabel = (label: string): boolean => label.length <= 63;

const isHostnameLoosely = ajv("hostname");
const isHostname = (text: string): boolean =>
  isHostnameLoosely(text) && !text.endsWith(".") && (!/(?:^|\.)xn--/i.test(text) || isIdnHostname(text));

const CONTEXTUAL: readonly (readonly [character: RegExp, permitted: RegExp])[] = [
  [/\u00b7/gu, /l\u00b7(?=l)/gu],
  [/\u0375/gu, /\u0375(?=\p{Script=Greek})/gu],
  [/[\u05f3\u05f4]/gu, /\p{Script=Hebrew}[\u05f3\u05f4]/gu],
];
const LABEL_CHARACTERS =
  /^(?:[\p{L}\p{M}\p{Nd}\u00b7\u0375\u05f3\u05f4\u30fb\u06fd\u06fe\u0f0b\u3007-]|\u200c|\u200d)+$/u;

const WIDE_DIGITS = /[\u0660-\u0669]/u;
const WIDER_DIGITS = /[\u06f0-\u06f9]/u;
/** Letters, digits and marks of the right-to-left scripts used in host names. */
const RIGHT_TO_LEFT =
  "[\\p{sc=Arabic}\\p{sc=Hebrew}\\p{sc=Syriac}\\p{sc=Thaana}\\p{sc=Nko}\\p{sc=Samaritan}\\p{sc=Mandaic}\\p{sc=Adlam}]";
const HAS_RIGHT_TO_LEFT = new RegExp(
  `(?![\\p{Mn}\\u06f0-\\u06f9])${RIGHT_TO_LEFT}|${WIDE_DIGITS.source}`,
  "u",
);
/** RFC 5893: if any label is written from right to left, labels start with a letter, and none mixes directions. */
const DIRECTED_LABEL = new RegExp(
  `^(?:${RIGHT_TO_LEFT}(?<!\\p{Nd})(?:${RIGHT_TO_LEFT}|\\P{L})*|\\p{L}(?:(?!${RIGHT_TO_LEFT}).)*)$`,
  "u",
);
const KANA_OR_HAN = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/**
 * RFC 5890 to 5893: accepted unchanged by the platform's host name tables, and with valid contexts of characters. A label of letters is
 * appended to the name, so that digits are not read as an address.
 */
function isIdnHostname(text: string): boolean {
  const labels = text.split(/[.\u3002\uff0e\uff61]/u);
  const name = labels.join(".");
  const isWide = BEYOND_ASCII.test(name) || /(?:^|\.)xn--/i.test(name);
  const ascii = isWide ? asciiOf(name) : name;
  const isDirected = HAS_RIGHT_TO_LEFT.test(isWide ? unicodeOf(name) : name);
  const follows = (label: string) => !isDirected || DIRECTED_LABEL.test(unicodeOf(label));
  return ascii !== "" && ascii.length <= 253 && labels.every((label) => isIdnLabel(label) && follows(label));
}

const asciiOf = (name: string): string => domainToASCII(`${name}.a`).slice(0, -2);
const unicodeOf = (name: string): string => domainToUnicode(`${name}.a`).slice(0, -2);

function isIdnLabel(label: string): boolean {
  const isEncoded = /^xn--/i.test(label);
  if (!isEncoded && !BEYOND_ASCII.test(label)) {
    return label.length <= 63 && /^[a-z\d](?:[a-z\d-]*[a-z\d])?$/i.test(label);
  }
  const wide = isEncoded ? unicodeOf(label) : label;
  const ascii = asciiOf(wide);
  if (!BEYOND_ASCII.test(wide) || ascii.length > 63 || unicodeOf(ascii) !== wide) return false;
  if (isEncoded && ascii !== label.toLowerCase()) return false;
  if (/^-|-$|^\p{M}/u.test(wide) || wide.slice(2, 4) === "--" || !LABEL_CHARACTERS.test(wide)) return false;
  if (WIDE_DIGITS.test(wide) && WIDER_DIGITS.test(wide)) return false;
  if (wide.includes("\u30fb") && !KANA_OR_HAN.test(wide)) return false;
  const count = (pattern: RegExp) => wide.match(pattern)?.length ?? 0;
  return CONTEXTUAL.every(([character, permitted]) => count(character) === count(permitted));
}

const WIDE_SCRIPTS: readonly (readonly [first: number, last: number])[] = [
  [0xb7, 0xb7],
  [0xdf, 0xf6],
  [0xf8, 0x1fff],
  [0x2c00, 0x2dff],
  [0x3005, 0xd7ff],
  [0x20000, 0x3fffd],
];

function isWideLetter(character: string): boolean {
  const point = character.codePointAt(0)!;
  return /[a-z\d-]/i.test(character) || WIDE_SCRIPTS.some(([first, last]) => point >= first && point <= last);
}

/** RFC 6531: the same with non-ASCII characters as letters; labels need not be valid host names. */
function isIdnEmail(text: string): boolean {
  const [local, domain] = partsOfAddress(text);
  const letters = local.replace(/[^\0-\x7f]/gu, "x");
  const isKnownLocal = QUOTED_WIDE_LOCAL_PART.test(local) || isAjvEmail(`${letters}@example.com`);
  const isLabel = (label: string) => {
    const characters = [...label];
    const isLong = characters.length === 0 || characters.length > 63;
    return !isLong && characters.every(isWideLetter) && !/^-|-$/.test(label);
  };
  return isKnownLocal && domain.split(".").every(isLabel);
}

/** Addresses as people write them: web addresses with anything except white space after the host. */
function isUrl(text: string): boolean {
  const cut = /^(?:https?|ftp):\/\/([^\s/?#]*)(?:[/?#]\S*)?$/iu.exec(text);
  if (cut === null) return false;
  const host = cut[1].replace(/^[^@]*@/, "").replace(/:\d{1,5}$/, "");
  if (host.startsWith("[") && host.endsWith("]")) return isIpv6(host.slice(1, -1));
  const labels = host.replace(/\.$/, "").split(".");
  return labels.every((label) => /^(?!-)[\w-]+(?<!-)$/.test(label.replace(UCS_CHARACTER, "x")));
}

/** RFC 4122; ajv-formats also accepts the URN. */
const isUuidOrUrn = ajv("uuid");
const isUuid = (text: string): boolean => !/^urn:/i.test(text) && isUuidOrUrn(text);
const isUuidOfVersion =
  (version: number): Check =>
  (text) =>
    isUuid(text) && text[14] === String(version) && /[89ab]/i.test(text[19]);

/** ECMA-262 with the flag `u`. */
function isRegex(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text);

function isJson(text: string | Uint8Array): boolean {
  try {
    JSON.parse(typeof text === "string" ? text : new TextDecoder("utf-8", { fatal: true }).decode(text));
    return true;
  } catch {
    return false;
  }
}

/** By name. Those in parentheses are contents of strings, selected by other keywords. */
export const FORMAT_CHECKS: Readonly<Record<string, Check>> = {
  date: ajv("date"),
  time: timeLike("time"),
  "date-time": timeLike("date-time"),
  "iso-time": timeLike("iso-time"),
  "iso-date-time": timeLike("iso-date-time"),
  duration: ajv("duration"),
  email: isEmail,
  "idn-email": isIdnEmail,
  hostname: isHostname,
  "host-name": isHostname,
  "idn-hostname": isIdnHostname,
  ipv4: isIpv4,
  "ip-address": isIpv4,
  ipv6: isIpv6,
  uri: isUri,
  "uri-reference": isUriReference,
  iri: (text) => SCHEME.test(text) && isIriReference(text),
  "iri-reference": isIriReference,
  "uri-template": (text) => URI_TEMPLATE.test(text) && !BEYOND_ASCII.test(encodeTemplate(text)),
  url: isUrl,
  uuid: isUuid,
  guid: isUuidOrUrn,
  uuid1: isUuidOfVersion(1),
  uuid3: isUuidOfVersion(3),
  uuid4: isUuidOfVersion(4),
  uuid5: isUuidOfVersion(5),
  regex: isRegex,
  "json-pointer": ajv("json-pointer"),
  "relative-json-pointer": ajv("relative-json-pointer"),
  "json-pointer-uri-fragment": ajv("json-pointer-uri-fragment"),
  "(base64)": isBase64,
  "(json)": isJson,
  "(base64 json)": (text) => isBase64(text) && isJson(Buffer.from(text, "base64")),
};

function encodeTemplate(text: string): string {
  return text.replace(UCS_CHARACTER, "x").replace(PRIVATE_CHARACTER, "x");
}
