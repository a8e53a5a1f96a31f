"""Checks that tensor-parallel ranks of SGLang agree, with two processes that have no model.

SGLang's own manager of grammars and its masks, a group of torch.distributed (gloo), and the plug-in with a child on
each rank. On the second rank, a schema cannot be compiled, a request fails, and the child is killed repeatedly. Run
with the Python of an environment that has SGLang:

    PYTHONPATH=python:scripts/remote:scripts/remote/sglang:src/bench/benches/plugin \
        python scripts/remote/sglang/check_ranks.py MODEL_FOLDER

Exits with 1 if a document is invalid, or if the ranks differ. Ranks whose batches differ wait for each other in vain.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import tempfile
from types import SimpleNamespace as Namespace
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing
from draft_cases import SCHEMAS, Tally, allowed_in
from sglang.srt.constrained.grammar_manager import GrammarManager
from sglang_steps import SglangBatch, SglangEngine

from formwork_plugin.service import ServiceDied

RANKS = 2
BUDGET = 60


class Request:
    """What the manager and the plug-in read of SGLang's request."""

    def __init__(self, name: str, schema: Any) -> None:
        self.rid = name
        self.schema = schema
        self.sampling_params = Namespace(
            **dict.fromkeys(["regex", "ebnf", "structural_tag", "custom_params", "stop_token_ids"]),
            json_schema=json.dumps(schema),
            max_new_tokens=BUDGET,
            min_new_tokens=0,
            ignore_eos=False,
            n=1,
        )
        self.require_reasoning = self.is_done = False
        self.origin_input_ids = [1, 2, 3]
        self.grammar: Any = None
        self.grammar_wait_ct = 0
        self.to_finish: Any = None
        self.output: list[int] = []

    def finished(self) -> bool:
        return self.is_done

    def set_finish_with_abort(self, message: str) -> None:
        self.to_finish, self.is_done = Namespace(message=message), True


def manager_of(engine: SglangEngine, group: Any) -> GrammarManager:
    manager = object.__new__(GrammarManager)
    manager.scheduler = Namespace(model_config=Namespace())
    manager.grammar_queue = []
    manager.grammar_backend = engine._ours
    manager._enable_strict_thinking = False
    manager.grammar_sync_group, manager.grammar_sync_size = group, RANKS
    manager.pp_rank, manager.pp_size, manager.pp_group = 0, 1, None
    manager.SGLANG_GRAMMAR_POLL_INTERVAL, manager.SGLANG_GRAMMAR_MAX_POLL_ITERATIONS = 0.03, 10_000
    return manager


def start(manager: GrammarManager, requests: list[Request]) -> None:
    waiting = [request for request in requests if manager.process_req_with_grammar(request)]
    while waiting:
        ready = manager.get_ready_grammar_requests()
        waiting = [request for request in waiting if request not in ready]


def run_to_end(rank: int, engine: SglangEngine, requests: list[Request], group: Any) -> None:
    source = random.Random(5)
    size, end = engine._size, engine.tokenizer.eos_token_id
    for step in range(2 * BUDGET):
        live = [request for request in requests if not request.is_done]
        if not live:
            return
        if rank == 1 and step == 5:
            live[0].grammar.sequence.fail("the check says so")
        if rank == 1 and step % 8 == 7:
            with contextlib.suppress(ProcessLookupError):
                os.kill(engine.pool().children[0].pid, signal.SIGKILL)
        batch = SglangBatch(live, size, end)
        rows = batch.masks()
        tokens = torch.tensor([int(source.choice(allowed_in(row))) for row in rows])
        # As SGLang does: a token that one rank alone allows may win.
        dist.all_reduce(tokens, op=dist.ReduceOp.MIN, group=group)
        batch.accept(tokens.tolist())


def work(rank: int, folder: str, meeting: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=RANKS)
    group = dist.group.WORLD
    engine = SglangEngine(folder)
    manager = manager_of(engine, group)
    children = engine.pool().children
    plain = [child._compile for child in children]

    def dies(handle: int, spec: Any) -> Any:
        raise ServiceDied("the constraint engine took too long", timed_out=True)

    if rank == 1:
        for child in children:
            child._compile = dies
    rejected = Request("rejected", SCHEMAS[1])
    start(manager, [rejected])
    if rank == 1:
        for child, compile_ in zip(children, plain, strict=True):
            child._compile = compile_
    requests = [Request(f"{turn}-{place}", schema) for turn in range(2) for place, schema in enumerate(SCHEMAS)]
    start(manager, requests)
    failed, *others = requests
    run_to_end(rank, engine, requests, group)
    outcomes: list[Any] = [None] * RANKS
    own = [[request.output, str(request.to_finish)] for request in [rejected, *requests]]
    dist.all_gather_object(outcomes, own, group=group)
    tally = Tally()
    for request in others:
        text = engine.tokenizer.decode(request.output, skip_special_tokens=True)
        tally.add(request.schema, text if request.to_finish is None else None)
    are_same = all(outcome == own for outcome in outcomes)
    ended = [str(request.to_finish and request.to_finish.message)[:60] for request in (rejected, failed)]
    print(f"rank {rank}: {'the same' if are_same else 'not the same'} on all ranks; rejected: {ended}", flush=True)
    code = tally.report(engine.name)
    restarts = engine.pool().statistics()["restarts"]
    print(f"rank {rank}: {restarts} restarts", flush=True)
    engine.close()
    dist.barrier()
    sys.exit(code or not are_same or "None" in ended)


def main() -> None:
    os.environ["FORMWORK_PLUGIN_CHILDREN"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(work, (sys.argv[1], os.path.join(folder, "meeting")), RANKS)


if __name__ == "__main__":
    main()
