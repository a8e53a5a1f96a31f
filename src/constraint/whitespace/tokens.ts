import { spacesBefore, type Trie, type Vocabulary } from "../../vocabulary/index.js";

/** Tokens that start with white space. Only the length of the run matters, so runs are not walked byte by byte. */
export interface SpaceTokens {
  /** Tokens that consist of white space, with their lengths. */
  readonly pure: readonly number[];
  readonly pureLengths: readonly number[];
  /** The others, by what follows the run; payloads are token ids. */
  readonly suffixes: Trie;
  /** By token: length of its leading run. */
  readonly lengths: Uint16Array;
  readonly longest: number;
  /** Keys for recipes of configurations that permit less than the longest run. */
  readonly rooms: readonly object[];
}

export function findSpaceTokens(vocabulary: Vocabulary): SpaceTokens {
  const pure: number[] = [];
  const pureLengths: number[] = [];
  const lengths = new Uint16Array(vocabulary.size);
  let longest = 0;
  for (let id = 0; id < vocabulary.size; id++) {
    const run = vocabulary.isSpecial(id) ? 0 : spacesBefore(vocabulary.tokens[id]);
    if (run === 0) continue;
    lengths[id] = run;
    if (run > longest) longest = run;
    if (run < vocabulary.tokens[id].length) continue;
    pure.push(id);
    pureLengths.push(run);
  }
  return {
    pure,
    pureLengths,
    suffixes: vocabulary.tables.afterSpaces,
    lengths,
    longest,
    rooms: Array.from({ length: longest }, () => ({})),
  };
}
