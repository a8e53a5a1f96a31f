"""Agreement between the tensor-parallel ranks of SGLang.

Each rank constrains the same requests, with children of its own. If a request ended on one rank only, the batches of
the ranks would differ, and they would wait for each other forever. Time limits and deaths of children may end a request
on one rank only, so the ranks tell each other which requests they reject.
"""

from __future__ import annotations

from collections.abc import Sequence as Listing
from typing import Any

import torch

from .sequence import Sequence


class Ranks:
    """The ranks that constrain the same requests. Each call is one of all ranks, with the same requests in order."""

    def __init__(self, group: Any = None, size: int = 1) -> None:
        """`group`: a group of torch.distributed for objects in the memory of the CPU."""
        self._group = group
        self.size = size

    def reasons(self, own: Listing[str | None]) -> list[tuple[str | None, ...]]:
        """For each request, the reasons of all ranks to reject it, or None for a rank that does not.

        `own`: those of this rank.
        """
        if self.size == 1:
            return [(reason,) for reason in own]
        ranks: list[Listing[str | None]] = [()] * self.size
        torch.distributed.all_gather_object(ranks, list(own), group=self._group)
        return list(zip(*ranks, strict=True))

    def share_failures(self, sequences: Listing[Sequence]) -> None:
        """Makes sequences that failed on one rank fail on every rank. Waits for masks that have been requested."""
        if self.size == 1 or not sequences:
            return
        for sequence in sequences:
            sequence.receive()
        own = [sequence.failure for sequence in sequences]
        failed = torch.tensor([reason is not None for reason in own], dtype=torch.int32)
        torch.distributed.all_reduce(failed, op=torch.distributed.ReduceOp.MAX, group=self._group)
        if not failed.any():
            return
        for sequence, reasons in zip(sequences, self.reasons(own), strict=True):
            for reason in reasons:
                if reason is not None:
                    sequence.fail(reason)
