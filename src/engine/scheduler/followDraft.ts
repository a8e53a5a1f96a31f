import type { Draft } from "./drafts.js";
import { commonLength } from "./prefixTree.js";
import type { Sequence } from "./sequence.js";

/**
 * Continues choosing while the text matches the draft, whose logits are available. `choose` writes the sequence's next tokens from the
 * logits at `logitsRow`. Ends the draft; returns the number of correct draft tokens.
 */
export function followDraft(sequence: Sequence, draft: Draft, choose: () => void): number {
  let right = 0;
  // Unless it moved to the slow lane: its last token is then decoded again.
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
