import { isWhitespace } from "../../grammar/index.js";
import { Trie, type Vocabulary } from "../../vocabulary/index.js";

/** Tokens that begin with white space. Apart from its length the run changes nothing, so runs are not walked byte by byte. */
export interface SpaceTokens {
  /** Tokens that are nothing else, with their lengths. */
  readonly pure: readonly number[];
  readonly pureLengths: readonly number[];
  /** The others by what follows the run; payloads are token ids. */
  readonly suffixes: Trie;
  /** By token: length of the run it begins with. */
  readonly lengths: Uint16Array;
  readonly longest: number;
  /** Keys for recipes of configurations with less room than the longest run. */
  readonly rooms: readonly object[];
}

export function findSpaceTokens(vocabulary: Vocabulary): SpaceTokens {
  const pure: number[] = [];
  const pureLengths: number[] = [];
  const rests: Uint8Array[] = [];
  const ids: number[] = [];
  const lengths = new Uint16Array(vocabulary.size);
  let longest = 0;
  for (let id = 0; id < vocabulary.size; id++) {
    const bytes = vocabulary.tokens[id];
    if (vocabulary.isSpecial(id) || bytes.length === 0 || !isWhitespace(bytes[0])) continue;
    let run = 1;
    while (run < bytes.length && isWhitespace(bytes[run])) run++;
    lengths[id] = run;
    if (run > longest) longest = run;
    if (run === bytes.length) {
      pure.push(id);
      pureLengths.push(run);
    } else {
      rests.push(bytes.subarray(run));
      ids.push(id);
    }
  }
  return {
    pure,
    pureLengths,
    suffixes: new Trie(rests, ids),
    lengths,
    longest,
    rooms: Array.from({ length: longest }, () => ({})),
  };
}
