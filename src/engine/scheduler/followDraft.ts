import type { Draft } from "./drafts.js";
import { commonLength } from "./prefixTree.js";
import type { Sequence } from "./sequence.js";

/**
 * Goes on choosing as long as what has been written is what was guessed: the logits after it are there. `choose` writes the
 * sequence's next tokens from the logits at `logitsRow`. Ends the draft; returns how many guesses were right.
 */
export function followDraft(sequence: Sequence, draft: Draft, choose: () => void): number {
  let right = 0;
  // Not so where it went to the slow lane: then its last token is read again.
  while (sequence.row >= 0 && sequence.computed === draft.start + right && right < draft.length) {
    const before = right;
    right += commonLength(
      draft.tokens.subarray(right, draft.length),
      sequence.tokens,
      draft.start + right,
      sequence.length,
    );
    sequence.computed += right - before;
    if (right === before || sequence.pending > 0) break;
    sequence.logitsRow = draft.row + right - 1;
    choose();
  }
  draft.judge(right);
  draft.length = 0;
  return right;
}
