import { type Configuration, INSIDE, isSegmentPlace } from "../../grammar/index.js";
import type { Vocabulary } from "../../vocabulary/index.js";

/**
 * Control tokens that may replace text outside of JSON, such as the token that opens a call: never inside a document, and only
 * if the text ends with them.
 */
export interface TagTokens {
  readonly tokens: readonly number[];
  /** Adds the tokens that may follow to a mask. */
  addTo(mask: Uint32Array, configuration: Configuration): void;
  fits(token: number, configuration: Configuration): boolean;
  /** The token that replaces everything that must follow now, if there is one. */
  forced(configuration: Configuration): Int32Array | undefined;
}

/** Ids of control tokens by their text. */
const controlTokens = new WeakMap<Vocabulary, ReadonlyMap<string, number>>();

/** Undefined if `vocabulary` has no control token for any of `texts`. */
export function tagTokens(vocabulary: Vocabulary, texts: readonly string[]): TagTokens | undefined {
  let known = controlTokens.get(vocabulary);
  if (known === undefined) controlTokens.set(vocabulary, (known = findControlTokens(vocabulary)));
  const tokens: number[] = [];
  for (const text of texts) {
    const token = known.get(text);
    if (token !== undefined && !tokens.includes(token)) tokens.push(token);
  }
  return tokens.length === 0 ? undefined : new KnownTags(vocabulary, tokens);
}

function findControlTokens(vocabulary: Vocabulary): ReadonlyMap<string, number> {
  const decoder = new TextDecoder();
  const found = new Map<string, number>();
  for (let id = 0; id < vocabulary.size; id++) {
    if (vocabulary.isEnd(id) || !vocabulary.isSpecial(id) || vocabulary.tokens[id].length === 0) continue;
    const text = decoder.decode(vocabulary.tokens[id]);
    if (!found.has(text)) found.set(text, id);
  }
  return found;
}

class KnownTags implements TagTokens {
  private readonly vocabulary: Vocabulary;
  readonly tokens: readonly number[];

  constructor(vocabulary: Vocabulary, tokens: readonly number[]) {
    this.vocabulary = vocabulary;
    this.tokens = tokens;
  }

  addTo(mask: Uint32Array, configuration: Configuration): void {
    for (const token of this.tokens)
      if (this.ends(token, configuration)) mask[token >>> 5] |= 1 << (token & 31);
  }

  fits(token: number, configuration: Configuration): boolean {
    return this.tokens.includes(token) && this.ends(token, configuration);
  }

  forced({ places }: Configuration): Int32Array | undefined {
    const [place] = places;
    if (places.length !== 1 || !isSegmentPlace(place) || !place.segment.isTag) return undefined;
    const { automaton } = place.segment.machine;
    for (const token of this.tokens) {
      const bytes = this.vocabulary.tokens[token];
      if (automaton.distance[place.state] !== bytes.length) continue;
      let { state } = place;
      for (let i = 0; i < bytes.length && state !== 0; i++)
        state = onlyNext(automaton, state) === bytes[i] ? automaton.step(state, bytes[i]) : 0;
      if (state !== 0) return Int32Array.of(token);
    }
    return undefined;
  }

  private ends(token: number, from: Configuration): boolean {
    const bytes = this.vocabulary.tokens[token];
    let configuration: Configuration | undefined = from;
    for (let i = 0; i + 1 < bytes.length && configuration !== undefined; i++)
      configuration = configuration.step(bytes[i]);
    if (configuration === undefined) return false;
    const last = bytes[bytes.length - 1];
    return configuration.places.some((place) => {
      if (!isSegmentPlace(place) || !place.segment.isTag) return false;
      const { automaton, exits } = place.segment.machine;
      return exits[automaton.step(place.state, last)] !== INSIDE;
    });
  }
}

/** The only byte that the automaton accepts in `state`, or -1. */
function onlyNext(
  { next, classCount, classOf }: { next: Int32Array; classCount: number; classOf: Uint8Array },
  state: number,
): number {
  let found = -1;
  for (let byte = 0; byte < 256; byte++) {
    if (next[state * classCount + classOf[byte]] === 0) continue;
    if (found >= 0) return -1;
    found = byte;
  }
  return found;
}
