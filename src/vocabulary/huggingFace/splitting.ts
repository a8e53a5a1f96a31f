import { byteLevelSpelling } from "../spellings.js";
import { type Stage, stagesOf } from "./tokenizerFile.js";

/** Splits or rewrites the pieces of a text before merging. */
type Splitter = (pieces: string[]) => string[];

/** GPT-2's pattern, which `ByteLevel` applies unless it is turned off. */
const GPT2 = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * The `pre_tokenizer` as a function, for text in the middle of an answer: no prefix is added. Undefined if a stage or the syntax of
 * a pattern is not supported.
 */
export function splitterOf(stage: Stage | null): Splitter | undefined {
  const splitters: Splitter[] = [];
  for (const each of stagesOf(stage)) {
    const splitter = single(each);
    if (splitter === undefined) return undefined;
    splitters.push(splitter);
  }
  return (pieces) => splitters.reduce((cut, splitter) => splitter(cut), pieces);
}

function single(stage: Stage): Splitter | undefined {
  switch (stage.type) {
    case "ByteLevel": {
      const cut = stage.use_regex === false ? undefined : isolate(GPT2);
      return (pieces) => (cut === undefined ? pieces : cut(pieces)).map(byteLevelSpelling);
    }
    case "Digits":
      return isolate(stage.individual_digits === true ? /\p{N}/gu : /\p{N}+/gu);
    case "Split":
      return split(stage);
    case "Metaspace":
      // Splits before each space; inside an answer, no leading space is added.
      return (pieces) => {
        const spelled = pieces.map((piece) => piece.replaceAll(" ", "\u2581"));
        return stage.split === false ? spelled : spelled.flatMap((piece) => piece.split(/(?=\u2581)/u));
      };
    default:
      return undefined;
  }
}

function split(stage: Stage): Splitter | undefined {
  const { Regex: source, String: literal } = (stage.pattern ?? {}) as { Regex?: string; String?: string };
  const pattern = source === undefined ? literalPattern(literal) : patternOf(source);
  if (pattern === undefined) return undefined;
  switch (stage.behavior) {
    case "Isolated":
      return isolate(pattern);
    case "Removed":
      // Inverted: the pieces are the matches.
      return stage.invert === true
        ? (pieces) => pieces.flatMap((piece) => piece.match(pattern) ?? [])
        : (pieces) => pieces.flatMap((piece) => piece.split(pattern)).filter((piece) => piece !== "");
    case "MergedWithPrevious":
      return (pieces) => pieces.flatMap((piece) => merged(piece, pattern));
    default:
      return undefined;
  }
}

function literalPattern(literal: string | undefined): RegExp | undefined {
  if (literal === undefined) return undefined;
  return new RegExp(literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "gu");
}

/** Translates the Oniguruma syntax that tokenizers use: `(?i:...)` and possessive quantifiers. */
function patternOf(source: string): RegExp | undefined {
  const spelled = source
    .replace(/\(\?i:([^()]*)\)/g, (_, body: string) => `(?:${body.replace(/[a-zA-Z]/g, eitherCase)})`)
    .replace(/([?*+}])\+/g, "$1");
  try {
    return new RegExp(spelled, "gu");
  } catch {
    return undefined;
  }
}

function eitherCase(letter: string): string {
  return `[${letter.toLowerCase()}${letter.toUpperCase()}]`;
}

/** The matches and the texts between them are pieces. */
function isolate(pattern: RegExp): Splitter {
  return (pieces) => {
    const cut: string[] = [];
    for (const piece of pieces) {
      let from = 0;
      for (const match of piece.matchAll(pattern)) {
        if (match[0] === "") continue;
        if (match.index > from) cut.push(piece.slice(from, match.index));
        cut.push(match[0]);
        from = match.index + match[0].length;
      }
      if (from < piece.length) cut.push(piece.slice(from));
    }
    return cut;
  };
}

function merged(piece: string, pattern: RegExp): string[] {
  const cut: string[] = [];
  let from = 0;
  for (const match of piece.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (end > from) cut.push(piece.slice(from, end));
    from = end;
  }
  if (from < piece.length) cut.push(piece.slice(from));
  return cut;
}
