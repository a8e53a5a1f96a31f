import type { Vocabulary } from "../../vocabulary/index.js";
import type { TokenLogprob } from "../engine.js";

/**
 * Log-probabilities of generated tokens, from the model's own logits: before penalties, bias, temperature and mask. Contains the scratch
 * arrays of one thread.
 */
export class Logprobs {
  private readonly vocabulary: Vocabulary;
  private readonly logits: Float32Array;
  private readonly decoder = new TextDecoder();
  private readonly endings: ReadonlySet<number>;

  /** `endings`: further ids that end a turn, permitted whenever the vocabulary's end token is. */
  constructor(vocabulary: Vocabulary, endings: readonly number[] = []) {
    this.vocabulary = vocabulary;
    this.endings = new Set(endings);
    this.logits = new Float32Array(vocabulary.size);
  }

  /** Copies a row of logits before it is modified for sampling. */
  keep(logits: Float32Array): void {
    this.logits.set(logits);
  }

  /**
   * Describes `token` by the copied row. `mask`: the permitted tokens; undefined if the token was forced. `top`: the number of most
   * probable tokens to list, permitted or not.
   */
  describe(token: number, mask: Uint32Array | undefined, top: number): TokenLogprob {
    const { logits } = this;
    const all = logSum(logits, undefined);
    const { eos } = this.vocabulary;
    const allowed = (id: number) =>
      mask === undefined ? id === token : isSet(mask, this.endings.has(id) ? eos : id);
    return {
      ...this.spelling(token),
      logprob: logits[token] - all,
      maskedLogprob: mask === undefined ? 0 : Math.min(0, logits[token] - logSum(logits, mask)),
      forced: mask === undefined,
      top: best(logits, top).map((id) => ({
        ...this.spelling(id),
        logprob: logits[id] - all,
        allowed: allowed(id),
      })),
    };
  }

  private spelling(token: number): { token: string; bytes: readonly number[] } {
    const bytes = this.vocabulary.tokens[token];
    return { token: this.decoder.decode(bytes), bytes: [...bytes] };
  }
}

function isSet(mask: Uint32Array, token: number): boolean {
  return ((mask[token >>> 5] >>> (token & 31)) & 1) === 1;
}

/** The logarithm of the sum of the exponentials of all logits, or of those in the mask. */
function logSum(logits: Float32Array, mask: Uint32Array | undefined): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++)
    if (logits[id] > most && (mask === undefined || isSet(mask, id))) most = logits[id];
  let sum = 0;
  for (let id = 0; id < logits.length; id++)
    if (mask === undefined || isSet(mask, id)) sum += Math.exp(logits[id] - most);
  return most + Math.log(sum);
}

/** The ids of the largest logits, largest first; equal ones by id. */
function best(logits: Float32Array, count: number): number[] {
  const found: number[] = [];
  if (count <= 0) return found;
  for (let id = 0; id < logits.length; id++) {
    if (found.length === count && !(logits[id] > logits[found[count - 1]])) continue;
    let at = found.length;
    while (at > 0 && logits[found[at - 1]] < logits[id]) at--;
    found.splice(at, 0, id);
    if (found.length > count) found.pop();
  }
  return found;
}
