/**
 * Speculative decoding: draft tokens are computed in the same batch as the token before them. Each is compared with the token that is then
 * chosen with the same logits, mask and random numbers as without it, so the answer is identical; a correct draft token saves a
 * step. That pays off if several tokens take hardly longer than one, as on a GPU.
 *
 * A draft is what followed an earlier occurrence of the last tokens in the prompt or the answer (prompt lookup decoding,
 * https://github.com/apoorvumang/prompt-lookup-decoding): documents repeat names and numbers from the prompt, and the members of earlier
 * objects.
 */

/** Maximum draft tokens per sequence and step. */
export const MAX_DRAFT = 16;

/** Minimum length of a match in tokens; a single token occurs too often. */
const LEAST_MATCH = 2;
/** Maximum length of a match in tokens. */
const ENOUGH_MATCH = 8;
/** Maximum search distance in tokens. */
const MAX_LOOK_BACK = 8192;

const FIRST_DRAFT = 4;
/** Number of steps without a draft after one that was entirely wrong; doubled for each consecutive one. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 32;

/** The draft of one sequence, and the length worth computing, given the success of earlier drafts. */
export class Draft {
  /** The draft tokens, of which there are `length`. */
  readonly tokens = new Int32Array(MAX_DRAFT);
  length = 0;
  /** The position of the first draft token. */
  start = -1;
  /** Row of logits after the first draft token in the current batch; those of the others follow. */
  row = -1;
  private most = FIRST_DRAFT;
  private pause = 0;
  private nextPause = FIRST_PAUSE;

  /** Drafts up to `limit` tokens after the first `end` of `known`; sets `length`. */
  guess(known: Int32Array, end: number, limit: number): void {
    this.length = 0;
    this.start = end;
    if (this.pause > 0) {
      this.pause--;
      return;
    }
    const most = Math.min(this.most, limit);
    if (most <= 0) return;
    const from = placeBefore(known, end);
    while (from >= 0 && this.length < most && from + this.length < end) {
      this.tokens[this.length] = known[from + this.length];
      this.length++;
    }
  }

  /** Records that `right` of the draft tokens were correct. */
  judge(right: number): void {
    if (right === this.length) this.most = Math.min(this.most * 2, MAX_DRAFT);
    else this.most = Math.max(FIRST_DRAFT, right + 1);
    if (right > 0) {
      this.nextPause = FIRST_PAUSE;
      return;
    }
    this.pause = this.nextPause;
    this.nextPause = Math.min(this.nextPause * 2, LONGEST_PAUSE);
  }
}

/** The position after the longest earlier match of the last tokens among the first `end` of `known`; -1 if there is none. */
function placeBefore(known: Int32Array, end: number): number {
  const last = known[end - 1];
  let best = LEAST_MATCH - 1;
  let place = -1;
  for (let at = end - 2; at >= Math.max(0, end - MAX_LOOK_BACK) && best < ENOUGH_MATCH; at--) {
    if (known[at] !== last) continue;
    let length = 1;
    while (length < ENOUGH_MATCH && length <= at && known[at - length] === known[end - 1 - length]) length++;
    if (length <= best) continue;
    best = length;
    place = at + 1;
  }
  return place;
}
