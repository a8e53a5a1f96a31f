/** Addresses and names of the Internet as patterns without anchors. */

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
/** RFC 2673, section 3.2: four decimal numbers without leading zeros. */
export const IPV4 = `(?:${OCTET}\\.){3}${OCTET}`;

const H16 = "[\\dA-Fa-f]{1,4}";
/** RFC 3986's IPv6address, the same language as RFC 4291's. */
export const IPV6 = ipv6();

function ipv6(): string {
  const last32 = `(?:${H16}:${H16}|${IPV4})`;
  const forms = [`(?:${H16}:){6}${last32}`];
  // At most `left` groups before the `::` that replaces the missing ones.
  for (let left = 0; left <= 7; left++) {
    const before = left === 0 ? "" : `(?:(?:${H16}:){0,${left - 1}}${H16})?`;
    const between = 5 - left;
    const after =
      between > 0 ? `(?:${H16}:){${between}}${last32}` : between === 0 ? last32 : left === 6 ? H16 : "";
    forms.push(`${before}::${after}`);
  }
  return `(?:${forms.join("|")})`;
}

const LETTER_OR_DIGIT = "[A-Za-z\\d]";
/** RFC 1123: letters, digits, and hyphens that are neither first nor last; at most 63 characters. */
export const LABEL = `${LETTER_OR_DIGIT}(?:[A-Za-z\\d-]{0,61}${LETTER_OR_DIGIT})?`;

/** Excludes the ASCII form of internationalised labels, whose validity no automaton can decide. */
const PLAIN_LABEL = `(?![Xx][Nn]--)${LABEL}`;
/** Labels separated by dots; without the total limit of 253. */
export const HOSTNAME = `${PLAIN_LABEL}(?:\\.${PLAIN_LABEL})*`;

/** The same with the ASCII forms of internationalised labels, valid or not. */
export const HOSTNAME_CANDIDATES = `${LABEL}(?:\\.${LABEL})*`;

/** Left-to-right letters that no normalisation or case folding changes. */
const SIMPLE_LETTERS =
  "\\u{df}-\\u{f6}\\u{f8}-\\u{ff}\\u{3b1}-\\u{3c9}\\u{430}-\\u{44f}\\u{561}-\\u{586}\\u{905}-\\u{914}\\u{915}-\\u{928}" +
  "\\u{e01}-\\u{e30}\\u{10d0}-\\u{10fa}\\u{3041}-\\u{3096}\\u{30a1}-\\u{30fa}\\u{4e00}-\\u{9fa5}\\u{ac00}-\\u{d7a3}";
/** Short enough for 63 ASCII characters, whatever its letters are. */
const SIMPLE_LABEL = `(?!..--)[a-z\\d${SIMPLE_LETTERS}](?:[a-z\\d${SIMPLE_LETTERS}-]{0,9}[a-z\\d${SIMPLE_LETTERS}])?`;
const ANY_LABEL = `(?:${PLAIN_LABEL}|${SIMPLE_LABEL})`;
const DOT = "[.\\u{3002}\\u{ff0e}\\u{ff61}]";
/** At most three labels, so that the whole fits into 253 ASCII characters. */
export const IDN_HOSTNAME = `${ANY_LABEL}(?:${DOT}${ANY_LABEL}){0,2}`;
export const IDN_HOSTNAME_CANDIDATES = "[A-Za-z\\d\\-.\\u{80}-\\u{d7ff}\\u{e000}-\\u{10ffff}]+";

const ATOM_CHARACTERS = "A-Za-z\\d!#$%&'*+\\-/=?^_`{|}~";
const ATOM = `[${ATOM_CHARACTERS}]`;
/**
 * RFC 5321's Dot-string at a domain with two labels or more, which mail systems and other validators accept. Without the limits on
 * lengths.
 */
export const EMAIL = `${ATOM}+(?:\\.${ATOM}+)*@(?:${LABEL}\\.)+${LABEL}`;

const ADDRESS_LITERAL = `\\[(?:${IPV4}|IPv6:${IPV6})\\]`;
const QUOTED_ASCII = '"(?:[ !#-\\[\\]-~]|\\\\[ -~])*"';
/** RFC 5321's Mailbox, except domains with a single label: with quoted local parts and IP address literals. */
export const MAILBOX = `(?:${ATOM}+(?:\\.${ATOM}+)*|${QUOTED_ASCII})@(?:(?:${LABEL}\\.)+${LABEL}|${ADDRESS_LITERAL})`;

const WIDE = "\\u{80}-\\u{d7ff}\\u{e000}-\\u{10ffff}";
const WIDE_ATOM = `[${ATOM_CHARACTERS}${WIDE}]`;
const QUOTED = `"(?:[ !#-\\[\\]-~${WIDE}]|\\\\[ -~])*"`;
/** The letters of the world's scripts, roughly: without punctuation, symbols and compatibility forms. */
const WIDE_LETTERS =
  "\\u{b7}\\u{df}-\\u{f6}\\u{f8}-\\u{1fff}\\u{2c00}-\\u{2dff}\\u{3005}-\\u{d7ff}\\u{20000}-\\u{3fffd}";
const WIDE_LABEL = `[A-Za-z\\d${WIDE_LETTERS}](?:[A-Za-z\\d${WIDE_LETTERS}-]{0,61}[A-Za-z\\d${WIDE_LETTERS}])?`;
/** RFC 6531: characters beyond ASCII count as letters, and the local part may be quoted; without its length limit. */
export const IDN_EMAIL = `(?:${WIDE_ATOM}+(?:\\.${WIDE_ATOM}+)*|${QUOTED})@${WIDE_LABEL}(?:\\.${WIDE_LABEL})*`;
