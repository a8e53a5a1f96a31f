"""One request's place in its document."""

from __future__ import annotations

from collections.abc import Sequence as Listing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .log import logger

if TYPE_CHECKING:
    from .child import Child, Step

UNLIMITED = 0xFFFF_FFFF


@dataclass(frozen=True)
class Spec:
    """What a request's answer has to be."""

    kind: str
    """`json`, `json_object`, `regex` or `choice` (a JSON array of texts)."""
    text: str
    ends: tuple[int, ...]
    """The tokens that end the answer."""
    budget: int | None = None
    """Tokens that the answer may have."""


class Sequence:
    """Tokens are checked against the masks that were handed out."""

    __slots__ = (
        "__weakref__",
        "_cursor",
        "_drafts",
        "_ended",
        "_row",
        "_step",
        "child",
        "failure",
        "filled",
        "handle",
        "least",
        "log",
        "mark",
        "remaining",
        "sent",
        "spec",
        "undone",
    )

    def __init__(self, spec: Spec, handle: int, child: Child, least: int) -> None:
        self.spec = spec
        self.handle = handle
        self.child = child
        self.least = least
        """Tokens of the shortest document."""
        self.log: list[int] = []
        self.sent = 0
        """Tokens of the log that the child has, from the first on."""
        self.undone = 0
        """Tokens that the child has besides, which have been taken back here."""
        self.failure: str | None = None
        self.remaining = UNLIMITED
        """Tokens that may follow the first `mark` of the log."""
        self.mark = 0
        self.filled = 0
        """Masks that the last step brings: for the place where it began, and one more after each draft."""
        self._ended = False
        self._step: Step | None = None
        self._row = 0
        self._drafts: Listing[int] = ()
        self._cursor = 0

    def __del__(self) -> None:
        self.child.forgotten.append(self.handle)

    @property
    def terminated(self) -> bool:
        """An end token was accepted."""
        return self._ended

    @property
    def prepared(self) -> bool:
        """The mask for the next token has been asked for."""
        return self._cursor < self.filled

    def mask(self) -> memoryview:
        """The mask for the next token. Of a sequence that cannot go on: every token, since none will be accepted."""
        if not self.prepared:
            self.child.step([(self, ())])
        width = self.child.row_bytes
        block = self._masks()
        if self.failure is not None:
            return memoryview(b"\xff" * width)
        start = (self._row + self._cursor) * width
        return memoryview(block)[start : start + width]

    def accept(self, token: int) -> bool:
        """Takes the next token; False, and no change, where it is not allowed or the sequence cannot go on."""
        if self._ended or self.failure is not None or not self._allows(token):
            return False
        self.log.append(token)
        if self._cursor < len(self._drafts) and self._drafts[self._cursor] == token:
            self._cursor += 1
        else:
            # The masks that are there are those behind other tokens.
            self._cursor = self.filled = 0
        self._ended = token in self.spec.ends
        return True

    def rollback(self, count: int) -> None:
        """Takes back the last `count` tokens."""
        if count <= 0:
            return
        left = len(self.log) - count
        del self.log[left:]
        if left < self.sent:
            self.undone += self.sent - left
            self.sent = left
        self._ended = False
        self._cursor -= count
        if self._cursor < 0:
            self._cursor = self.filled = 0

    def validate(self, tokens: Listing[int]) -> int:
        """How many of `tokens`, from the first on, may follow; takes none."""
        if self._ended or not tokens or self.failure is not None:
            return 0
        return max(0, self.child.step([(self, tokens)], masks=False)[0] - 1)

    def budget_left(self) -> int:
        if self.remaining == UNLIMITED:
            return UNLIMITED
        return max(0, self.remaining - (len(self.log) - self.mark))

    def await_rows(self, step: Step, row: int, drafts: Listing[int]) -> None:
        """The masks of this place, and of that after each draft, come with `step`, from `row` on."""
        self._step, self._row, self._drafts, self._cursor, self.filled = step, row, drafts, 0, 1 + len(drafts)

    def begin_again(self) -> None:
        """The child knows nothing of the log any more."""
        self.sent = self.undone = 0

    def fail(self, reason: str) -> None:
        """Ends this request alone: from now on it accepts no token, which makes the engine end it with an error."""
        if self.failure is None:
            self.failure = reason
            logger.error("Formwork: a request cannot go on and fails alone: %s", reason)

    def _masks(self) -> bytes:
        step = self._step
        assert step is not None
        step.finish()
        return step.block

    def _allows(self, token: int) -> bool:
        if not self.prepared:
            return self.validate([token]) == 1
        block = self._masks()
        # Fewer masks than awaited: a draft was not allowed, or the sequence cannot go on.
        if token < 0 or not self.prepared:
            return False
        at = (self._row + self._cursor) * self.child.row_bytes + (token >> 3)
        return bool(block[at] >> (token & 7) & 1)
