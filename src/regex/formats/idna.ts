import { decodePunycode, encodePunycode } from "./punycode.js";

/**
 * Internationalised host names (RFC 5890 to 5893), as a test of complete strings, because no automaton can check the ASCII form of a
 * label. Properties of characters are those of the running JavaScript engine.
 */

const SEPARATORS = /[.\u3002\uff0e\uff61]/u;
const LDH_LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;
const A_LABEL = /^xn--/i;

/** Whether `text` is a host name with ASCII labels; labels that encode Unicode ones must encode valid ones. */
export function isHostname(text: string): boolean {
  const labels = text.split(".");
  return (
    text.length <= 253 && labels.every((label) => LDH_LABEL.test(label)) && areValid(labels.map(toUnicode))
  );
}

/** Whether `text` is a host name with Unicode or ASCII labels; dots of East Asian scripts count as dots. */
export function isIdnHostname(text: string): boolean {
  const labels = text.split(SEPARATORS).map(toUnicode);
  let length = labels.length - 1;
  for (const label of labels) {
    if (label === undefined) return false;
    length += isAscii(label) ? label.length : encodePunycode(label).length + 4;
  }
  return length <= 253 && areValid(labels);
}

/** The Unicode form of a label; undefined for an invalid ASCII form. */
function toUnicode(label: string): string | undefined {
  if (!isAscii(label) || !A_LABEL.test(label)) return label;
  const encoded = label.slice(4).toLowerCase();
  const decoded = decodePunycode(encoded);
  return decoded !== undefined && !isAscii(decoded) && encodePunycode(decoded) === encoded
    ? decoded
    : undefined;
}

function areValid(labels: (string | undefined)[]): boolean {
  const isBidirectional = labels.some((label) => label !== undefined && RIGHT_TO_LEFT.test(label));
  return labels.every((label) => {
    if (label === undefined || (isBidirectional && !followsBidiRule(label))) return false;
    return isAscii(label) ? LDH_LABEL.test(label) : isUnicodeLabel(label);
  });
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

function isUnicodeLabel(label: string): boolean {
  if (label.normalize("NFC") !== label || encodePunycode(label).length > 59) return false;
  if (/^-|-$|^\p{M}/u.test(label) || label.slice(2, 4) === "--") return false;
  const points = Array.from(label);
  return points.every((character, at) => isPermitted(character) || isPermittedIn(points, at));
}

/** RFC 5892, 2.6: permitted regardless of the derived property. */
const PERMITTED = /^[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]$/;
/** RFC 5892, 2.6 to 2.9: disallowed, including conjoining jamo and musical symbols. */
const DISALLOWED = new RegExp(
  "^[\\u0640\\u07fa\\u302e\\u302f\\u3031-\\u3035\\u303b\\u1100-\\u11ff\\ua960-\\ua97c\\ud7b0-\\ud7c6\\ud7cb-\\ud7fb" +
    "\\u20d0-\\u20ff\\u{1d100}-\\u{1d24f}]$",
  "u",
);
const UNSTABLE = /\p{Changes_When_NFKC_Casefolded}|\p{Default_Ignorable_Code_Point}|\p{White_Space}/u;
const LETTER_OR_DIGIT = /^[\p{Ll}\p{Lu}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}]$/u;
/** Characters permitted in some contexts only: RFC 5892, appendix A. */
const CONTEXTUAL = /^[\u00b7\u0375\u05f3\u05f4\u30fb\u0660-\u0669\u06f0-\u06f9\u200c\u200d]$/;

/** Whether a character is PVALID by RFC 5892. */
function isPermitted(character: string): boolean {
  if (PERMITTED.test(character) || /^[a-z\d-]$/.test(character)) return true;
  if (DISALLOWED.test(character) || CONTEXTUAL.test(character) || UNSTABLE.test(character)) return false;
  return LETTER_OR_DIGIT.test(character);
}

function isPermittedIn(points: readonly string[], at: number): boolean {
  const before = points[at - 1] ?? "";
  const after = points[at + 1] ?? "";
  const text = points.join("");
  switch (points[at]) {
    case "\u00b7":
      return before === "l" && after === "l";
    case "\u0375":
      return /^\p{Script=Greek}/u.test(after);
    case "\u05f3":
    case "\u05f4":
      return /^\p{Script=Hebrew}/u.test(before);
    case "\u30fb":
      return /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text);
    case "\u200d":
      return isVirama(before);
    case "\u200c":
      return isVirama(before) || joins(points.slice(0, at).join(""), points.slice(at + 1).join(""));
    default:
      if (/^[\u0660-\u0669]$/.test(points[at])) return !/[\u06f0-\u06f9]/.test(text);
      return /^[\u06f0-\u06f9]$/.test(points[at]) && !/[\u0660-\u0669]/.test(text);
  }
}

/** Canonical combining class 9, determined by how normalisation orders a mark between marks of the classes 8 and 10. */
function isVirama(character: string): boolean {
  return (
    character !== "" &&
    `\u05b0${character}`.normalize("NFD") === `${character}\u05b0` &&
    `${character}\u3099`.normalize("NFD") === `\u3099${character}`
  );
}

/** Arabic letters that join on both sides, and those that only join to the preceding letter. */
const BOTH =
  "\\u0620\\u0626\\u0628\\u062a-\\u062e\\u0633-\\u063f\\u0641-\\u0647\\u0649\\u064a\\u066e\\u066f\\u0678-\\u0687" +
  "\\u069a-\\u06bf\\u06c1\\u06c2\\u06cc\\u06ce\\u06d0\\u06d1\\u06fa-\\u06fc\\u06ff";
const BEFORE =
  "\\u0622-\\u0625\\u0627\\u0629\\u062f-\\u0632\\u0648\\u0671-\\u0673\\u0675-\\u0677\\u0688-\\u0699\\u06c0" +
  "\\u06c3-\\u06cb\\u06cd\\u06cf\\u06d2\\u06d3\\u06d5\\u06ee\\u06ef";
const JOINS_ON = new RegExp(`[${BOTH}]\\p{Mn}*$`, "u");
const JOINS_BACK = new RegExp(`^\\p{Mn}*[${BOTH}${BEFORE}]`, "u");

function joins(before: string, after: string): boolean {
  return JOINS_ON.test(before) && JOINS_BACK.test(after);
}

const RTL_BLOCKS = "\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufeff\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}";
const ARABIC_NUMBER =
  "\\u0600-\\u0605\\u0660-\\u0669\\u066b\\u066c\\u06dd\\u{10d30}-\\u{10d39}\\u{10e60}-\\u{10e7e}";
const EUROPEAN_NUMBER = "\\d\\u06f0-\\u06f9";
const RIGHT_TO_LEFT = new RegExp(`(?![\\p{Mn}${EUROPEAN_NUMBER}])[${RTL_BLOCKS}]`, "u");
const RTL_LETTER = `(?![\\p{Mn}${EUROPEAN_NUMBER}${ARABIC_NUMBER}])[${RTL_BLOCKS}]`;
const RTL_LABEL = new RegExp(
  `^${RTL_LETTER}(?:[\\p{Mn}${EUROPEAN_NUMBER}${RTL_BLOCKS}\\u200c\\u200d-])*$(?<=(?!\\p{Mn})[${RTL_BLOCKS}${EUROPEAN_NUMBER}]\\p{Mn}*)`,
  "u",
);
const LTR_LABEL = new RegExp(`^(?![${EUROPEAN_NUMBER}-])[^${RTL_BLOCKS}]*$(?<=[^-\\p{Mn}]\\p{Mn}*)`, "u");

/** RFC 5893, section 2, with bidirectional classes derived from the blocks of characters. */
function followsBidiRule(label: string): boolean {
  if (!RTL_LABEL.test(label)) return LTR_LABEL.test(label);
  return !(
    new RegExp(`[${ARABIC_NUMBER}]`, "u").test(label) && new RegExp(`[${EUROPEAN_NUMBER}]`, "u").test(label)
  );
}
