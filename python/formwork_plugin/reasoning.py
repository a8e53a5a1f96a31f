"""What a model writes before its document.

Reasoning is free while its end and the shortest document still fit behind it; from then on only its end may follow.
What ends an answer may not be written before the document.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Listing


class Reasoning:
    """The rules for one request."""

    __slots__ = ("end", "need", "stops")

    def __init__(self, end: Iterable[int], least: int, stops: Iterable[int]) -> None:
        """`least`: tokens of the shortest document. `stops`: tokens that end the answer."""
        self.end = tuple(end)
        """The tokens that end the reasoning; empty where they are not known."""
        self.need = least + len(self.end)
        """Tokens that the end of the reasoning and the shortest document take."""
        self.stops = tuple(stops)

    def restrict(self, row: memoryview, matched: int, remaining: int) -> None:
        """Narrows the mask of a place in the reasoning that has `remaining` tokens before it.

        `matched`: how much of `end` has been written right before it.
        """
        if self.end and remaining <= self.need:
            token = self.end[matched]
            row[:] = bytes(len(row))
            row[token >> 3] = 1 << (token & 7)
            return
        for token in self.stops:
            row[token >> 3] &= ~(1 << (token & 7))

    def matched(self, written: Listing[int]) -> int:
        """How much of `end` the last tokens of `written` are."""
        for count in range(min(len(self.end) - 1, len(written)), 0, -1):
            if tuple(written[-count:]) == self.end[:count]:
                return count
        return 0


def shortfall(budget: int | None, least: int, end: int) -> str | None:
    """What to answer where `budget` is too small for a document of `least` tokens behind `end` that end reasoning."""
    if budget is None or budget >= least + end:
        return None
    included = ", the end of the reasoning before it included" if end > 0 else ""
    needed = least + end
    return f"The answer may have {budget} tokens; the shortest document of this schema needs {needed}{included}."
