/**
 * Drafts: guesses at how an answer goes on, computed in the same batch as the token before them. Each is compared with what
 * is then chosen in its place by the logits, the mask and the random numbers that would have been used without it, so an
 * answer is the same token for token; a guess that was right saves a step. That pays where several tokens take hardly
 * longer than one, as on a GPU.
 *
 * A guess is what followed the last tokens where they stood before, in the prompt or in the answer: documents copy names and
 * numbers from the prompt, and the members of one object from the one before it.
 * (Prompt lookup decoding, https://github.com/apoorvumang/prompt-lookup-decoding.)
 */

/** The most tokens that are guessed at once for one sequence. */
export const MAX_DRAFT = 16;

/** Tokens that must have stood there before; one alone stands in too many places. */
const LEAST_MATCH = 2;
/** A match of so many tokens is as good as a longer one. */
const ENOUGH_MATCH = 8;
/** How far back is looked. */
const MAX_LOOK_BACK = 8192;

const FIRST_DRAFT = 4;
/** Steps without a guess after one of which nothing was right; doubled each time in a row. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 32;

/** The guess about one sequence, and how many tokens of one are worth computing by what became of those before. */
export class Draft {
  /** The tokens that are guessed, `length` of them. */
  readonly tokens = new Int32Array(MAX_DRAFT);
  length = 0;
  /** The position that the first of them would have. */
  start = -1;
  /** Row of logits after the first of them in the batch being decoded; those of the others follow. */
  row = -1;
  private most = FIRST_DRAFT;
  private pause = 0;
  private nextPause = FIRST_PAUSE;

  /** Guesses what follows the first `end` of `known`, at most `limit` tokens; `length` says how many. */
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

  /** Takes note that `right` of the tokens were right. */
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

/** Where the last tokens of the first `end` of `known` stood before, the longest match: the place behind them; -1 where none. */
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
