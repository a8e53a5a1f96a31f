import { IPV6 } from "./internet.js";

/** RFC 3986 (`URI`) and RFC 3987 (`IRI`) as patterns without anchors. */

/** ucschar of RFC 3987: planes 0 to 14 without surrogates, private use and non-characters. */
const UCS_CHARACTERS = ucsCharacters();
const PRIVATE_USE = "\\u{e000}-\\u{f8ff}\\u{f0000}-\\u{ffffd}\\u{100000}-\\u{10fffd}";
const BEYOND_ASCII = UCS_CHARACTERS + PRIVATE_USE;

function ucsCharacters(): string {
  const ranges = ["\\u{a0}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{ffef}"];
  for (let plane = 1; plane <= 14; plane++) {
    const first = plane === 14 ? "e1000" : `${plane.toString(16)}0000`;
    ranges.push(`\\u{${first}}-\\u{${plane.toString(16)}fffd}`);
  }
  return ranges.join("");
}

const ENCODED = "%[\\dA-Fa-f]{2}";
const SUB_DELIMITERS = "!$&'()*+,;=";
const SCHEME = "[A-Za-z][A-Za-z\\d+.\\-]*:";

interface Parts {
  /** With a scheme and something after it. */
  absolute: string;
  /** A scheme without authority and path. */
  bare: string;
  relative: string;
}

/** The grammar with `wide`, part of a character class, as unreserved characters, and `wideQuery` in queries. */
function parts(wide: string, wideQuery: string): Parts {
  const unreserved = `A-Za-z\\d\\-._~${wide}`;
  const several = (more: string): string => `(?:[${unreserved}${SUB_DELIMITERS}${more}]|${ENCODED})`;
  const character = several(":@");
  const segments = `(?:\\/${character}*)*`;
  const future = `[Vv][\\dA-Fa-f]+\\.[A-Za-z\\d\\-._~${SUB_DELIMITERS}:]+`;
  const host = `(?:\\[(?:${IPV6}|${future})\\]|${several("")}*)`;
  const authority = `(?:${several(":")}*@)?${host}(?::\\d*)?`;
  const rooted = `\\/(?:${character}+${segments})?`;
  const query = wideQuery === "" ? several(":@/?") : `(?:${several(":@/?")}|[${wideQuery}])`;
  const tail = `(?:\\?${query}*)?(?:#${several(":@/?")}*)?`;
  return {
    absolute: `${SCHEME}(?:\\/\\/${authority}${segments}|${rooted}|${character}+${segments})${tail}`,
    bare: `${SCHEME}${tail}`,
    relative: `(?:\\/\\/${authority}${segments}|${rooted}|${several("@")}+${segments})?${tail}`,
  };
}

const URI_PARTS = parts("", "");
/** A scheme alone (`about:`) is excluded, because other validators reject it. */
export const URI = URI_PARTS.absolute;
export const URI_REFERENCE = `(?:${URI_PARTS.absolute}|${URI_PARTS.bare}|${URI_PARTS.relative})`;

const IRI_PARTS = parts(UCS_CHARACTERS, PRIVATE_USE);
export const IRI = `(?:${IRI_PARTS.absolute}|${IRI_PARTS.bare})`;
export const IRI_REFERENCE = `(?:${IRI_PARTS.absolute}|${IRI_PARTS.bare}|${IRI_PARTS.relative})`;

const VARIABLE = `(?:\\w|${ENCODED})+(?:\\.(?:\\w|${ENCODED})+)*(?::[1-9]\\d{0,3}|\\*)?`;
/** RFC 6570 with its errata: the apostrophe is a literal. */
export const URI_TEMPLATE =
  `(?:[!#-$&-;=?-\\[\\]_a-z~${BEYOND_ASCII}]|${ENCODED}` +
  `|\\{[+#./;?&=,!@|]?${VARIABLE}(?:,${VARIABLE})*\\})*`;

const DOTTED_NAME = "(?:[A-Za-z\\d]+(?:-[A-Za-z\\d]+)*\\.)+[A-Za-z]{2,}";
const PATH_CHARACTER = `(?:[A-Za-z\\d\\-._~${SUB_DELIMITERS}:@/]|${ENCODED})`;
const QUERY_CHARACTER = `(?:[A-Za-z\\d\\-._~${SUB_DELIMITERS}:@/?]|${ENCODED})`;
const WEB_SCHEME = "(?:[Hh][Tt][Tt][Pp][Ss]?|[Ff][Tt][Pp]):\\/\\/";
/** Addresses of web pages and files at a full domain name. */
export const ORDINARY_URL =
  `${WEB_SCHEME}${DOTTED_NAME}(?::\\d{2,5})?` +
  `(?:\\/${PATH_CHARACTER}*(?:\\?${QUERY_CHARACTER}*)?(?:#${QUERY_CHARACTER}*)?)?`;
/** ucschar without white space. */
const VISIBLE_CHARACTERS = UCS_CHARACTERS.replace(
  "\\u{a0}-\\u{d7ff}",
  "\\u{a1}-\\u{167f}\\u{1681}-\\u{1fff}\\u{200b}-\\u{2027}\\u{202a}-\\u{202e}\\u{2030}-\\u{205e}\\u{2060}-\\u{2fff}\\u{3001}-\\u{d7ff}",
);
const HOST_CHARACTER = `A-Za-z\\d_${VISIBLE_CHARACTERS}`;
const HOST_LABEL = `[${HOST_CHARACTER}](?:[${HOST_CHARACTER}\\-]*[${HOST_CHARACTER}])?`;
/**
 * Addresses as people write them: with a user, a port, an IP address or an internationalised host name, followed by anything
 * without white space, such as the placeholders of search engines.
 */
export const URL =
  `${WEB_SCHEME}(?:[^\\s\\/?#@]*@)?(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*\\.?|\\[${IPV6}\\])` +
  "(?::\\d{1,5})?(?:[\\/?#][^\\s]*)?";
