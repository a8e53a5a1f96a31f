"""Tensor-parallel ranks of SGLang, as threads with children of their own."""

import json
import random
import threading
import unittest
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from formwork_plugin.options import read_options
from formwork_plugin.service import ServiceDied

from . import tokenizer
from .test_sglang import (
    SCHEMA,
    GrammarManager,
    Request,
    SamplingBatchInfo,
    Scheduler,
    SimpleNamespace,
    plugin,
)

RANKS = 2


class Group:
    """One rank's view of a group. A rank that waits for the others in vain ends with an error."""

    def __init__(self, rank: int, slots: list[Any], barrier: threading.Barrier) -> None:
        self.rank, self.slots, self.barrier = rank, slots, barrier

    def gather(self, own: Any) -> list[Any]:
        self.slots[self.rank] = own
        self.barrier.wait(60)
        found = list(self.slots)
        self.barrier.wait(60)
        return found


class RanksCase(unittest.TestCase):
    def setUp(self) -> None:
        self.barrier = threading.Barrier(RANKS)
        slots: list[Any] = [None] * RANKS
        self.groups = [Group(rank, slots, self.barrier) for rank in range(RANKS)]
        options = replace(read_options(), children=1)
        self.backends = [
            plugin.Backend(options, tokenizer.Tokenizer(), tokenizer.SIZE, {tokenizer.END}) for _ in range(RANKS)
        ]
        self.managers = [GrammarManager(backend) for backend in self.backends]
        for group, manager in zip(self.groups, self.managers, strict=True):
            manager.grammar_sync_group, manager.grammar_sync_size = group, RANKS
            self.addCleanup(manager.grammar_backend.pool.close)

    def on_each_rank(self, work: Callable[[int], list[Request]]) -> list[list[Request]]:
        def guarded(rank: int) -> list[Request]:
            try:
                return work(rank)
            except BaseException:
                self.barrier.abort()
                raise

        with ThreadPoolExecutor(RANKS) as threads:
            return list(threads.map(guarded, range(RANKS)))

    def start(self, rank: int, requests: list[Request]) -> None:
        for request in requests:
            self.managers[rank].process_req_with_grammar(request)
        self.managers[rank].get_ready_grammar_requests()

    def run_to_end(
        self, rank: int, requests: list[Request], fail: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """Like SGLang, takes the smallest token of all ranks. Ranks whose batches differ wait in vain."""
        source = random.Random(5)
        for step in range(200):
            live = [request for request in requests if not request.finished()]
            self.assertEqual([len(live)] * RANKS, self.groups[rank].gather(len(live)))
            if not live:
                return
            fail(rank, step)
            info = SamplingBatchInfo([request.grammar for request in live], tokenizer.SIZE)
            info.update_regex_vocab_mask()
            tokens = [source.choice(tokenizer.allowed(info.mask.row(row))) for row in range(len(live))]
            tokens = [min(column) for column in zip(*self.groups[rank].gather(tokens), strict=True)]
            Scheduler().process_batch_result(SimpleNamespace(reqs=live), tokens)
        raise AssertionError("the requests do not end")

    def assert_valid(self, request: Request) -> None:
        self.assertEqual(["a", "b", "c"], sorted(json.loads(tokenizer.decode(request.output_ids))))

    def test_a_request_that_fails_on_one_rank_ends_on_all_of_them(self) -> None:
        def work(rank: int) -> list[Request]:
            requests = [Request(SCHEMA), Request(SCHEMA)]
            self.start(rank, requests)

            def fail(rank: int, step: int) -> None:
                if (rank, step) == (1, 4):
                    requests[0].grammar.sequence.fail("only here")

            self.run_to_end(rank, requests, fail)
            return requests

        for failed, other in self.on_each_rank(work):
            self.assertIn("only here", str(failed.done))
            self.assert_valid(other)

    def test_a_request_that_one_rank_cannot_compile_is_rejected_by_all_of_them(self) -> None:
        child = self.backends[1].pool.children[0]
        plain = child._compile

        def dies(handle: int, spec: object) -> dict[str, Any]:
            raise ServiceDied("the constraint engine took too long", timed_out=True)

        def work(rank: int) -> list[Request]:
            first = [Request(SCHEMA)]
            self.start(rank, first)
            if rank == 1:
                child._compile = plain  # type: ignore[method-assign]
            second = [Request(SCHEMA), Request(SCHEMA)]
            self.start(rank, second)
            third = [Request(SCHEMA)]
            self.start(rank, third)
            self.run_to_end(rank, [*second, *third])
            return [*first, *second, *third]

        child._compile = dies  # type: ignore[method-assign]
        for rejected, *others in self.on_each_rank(work):
            self.assertIn("took too long", str(rejected.done))
            for other in others:
                self.assert_valid(other)


if __name__ == "__main__":
    unittest.main()
