"""One request's position in its document."""

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
    """The constraint of one request."""

    kind: str
    """`json`, `json_object`, `regex` or `choice` (`text` is a JSON array of strings)."""
    text: str
    ends: tuple[int, ...]
    """Tokens that end the answer."""
    budget: int | None = None
    """Maximum number of tokens in the answer."""


class Sequence:
    """A request's tokens, checked against the masks that the engine was given."""

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
        """Length of the shortest document in tokens."""
        self.log: list[int] = []
        self.sent = 0
        """How many tokens of the log the child has."""
        self.undone = 0
        """Tokens that the child still has to take back after a rollback."""
        self.failure: str | None = None
        self.remaining = UNLIMITED
        """Tokens left in the budget after the first `mark` tokens of the log."""
        self.mark = 0
        self.filled = 0
        """Number of masks in the last step: one for its first token and one after each draft."""
        self._ended = False
        self._step: Step | None = None
        self._row = 0
        self._drafts: Listing[int] = ()
        self._cursor = 0

    def __del__(self) -> None:
        self.child.forgotten.append(self.handle)

    @property
    def terminated(self) -> bool:
        """Whether an end token was accepted."""
        return self._ended

    @property
    def prepared(self) -> bool:
        """Whether the mask for the next token has been requested."""
        return self._cursor < self.filled

    def mask(self) -> memoryview:
        """The mask for the next token. A failed sequence allows every token, because none will be accepted."""
        if not self.prepared:
            self.child.step([(self, ())])
        width = self.child.row_bytes
        block = self._masks()
        if self.failure is not None:
            return memoryview(b"\xff" * width)
        start = (self._row + self._cursor) * width
        return memoryview(block)[start : start + width]

    def receive(self) -> None:
        """Waits for masks that have been requested; `failure` is up to date afterwards."""
        if self._step is not None:
            self._step.finish()

    def accept(self, token: int) -> bool:
        """Accepts the next token. Returns False, without a change, if it is not allowed or the sequence has failed."""
        if self._ended or self.failure is not None or not self._allows(token):
            return False
        self.log.append(token)
        if self._cursor < len(self._drafts) and self._drafts[self._cursor] == token:
            self._cursor += 1
        else:
            # The remaining masks assume other drafts.
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
        """How many of `tokens` may follow, counted from the first. Accepts none of them."""
        if self._ended or not tokens or self.failure is not None:
            return 0
        return max(0, self.child.step([(self, tokens)], masks=False)[0] - 1)

    def budget_left(self) -> int:
        if self.remaining == UNLIMITED:
            return UNLIMITED
        return max(0, self.remaining - (len(self.log) - self.mark))

    def await_rows(self, step: Step, row: int, drafts: Listing[int]) -> None:
        """`step` will bring the masks for the next token and after each draft, from `row` on."""
        self._step, self._row, self._drafts, self._cursor, self.filled = step, row, drafts, 0, 1 + len(drafts)

    def begin_again(self) -> None:
        """Marks the whole log as unsent, for a new child."""
        self.sent = self.undone = 0

    def fail(self, reason: str) -> None:
        """Fails this request only: it accepts no further token, so the engine ends it with an error."""
        if self.failure is None:
            self.failure = reason
            logger.error("Formwork: one request failed: %s", reason)

    def _masks(self) -> bytes:
        step = self._step
        assert step is not None
        step.finish()
        return step.block

    def _allows(self, token: int) -> bool:
        if not self.prepared:
            return self.validate([token]) == 1
        block = self._masks()
        # Fewer masks than expected: a draft was not allowed, or the sequence failed.
        if token < 0 or not self.prepared:
            return False
        at = (self._row + self._cursor) * self.child.row_bytes + (token >> 3)
        return bool(block[at] >> (token & 7) & 1)
