"""The reasoning that precedes a document.

Reasoning is unconstrained as long as its end tag and the shortest document still fit into the budget; then the end tag
is forced. Tokens that end the answer are not allowed before the document.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Listing


class Reasoning:
    """Constraints on the reasoning of one request."""

    __slots__ = ("end", "need", "stops")

    def __init__(self, end: Iterable[int], least: int, stops: Iterable[int]) -> None:
        """`end`: the end tag. `least`: tokens of the shortest document. `stops`: tokens that end the answer."""
        self.end = tuple(end)
        """The tokens of the end tag; empty if unknown."""
        self.need = least + len(self.end)
        """Tokens needed for the end tag and the shortest document."""
        self.stops = tuple(stops)

    def restrict(self, row: memoryview, matched: int, remaining: int) -> None:
        """Restricts a mask within the reasoning. `remaining`: tokens left in the budget.

        `matched`: how many tokens of `end` directly precede this one.
        """
        if self.end and remaining <= self.need:
            token = self.end[matched]
            row[:] = bytes(len(row))
            row[token >> 3] = 1 << (token & 7)
            return
        for token in self.stops:
            row[token >> 3] &= ~(1 << (token & 7))

    def matched(self, written: Listing[int]) -> int:
        """How many tokens of `end` the end of `written` matches."""
        for count in range(min(len(self.end) - 1, len(written)), 0, -1):
            if tuple(written[-count:]) == self.end[:count]:
                return count
        return 0


def shortfall(budget: int | None, least: int, end: int) -> str | None:
    """The error message if `budget` is less than `least`, the shortest document, plus `end`, the end tag; else None."""
    if budget is None or budget >= least + end:
        return None
    included = ", including the end of the reasoning" if end > 0 else ""
    needed = least + end
    return f"The answer may have {budget} tokens; the shortest document of this schema needs {needed}{included}."
