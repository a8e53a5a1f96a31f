"""Checks the plug-in with the classes of vLLM's Model Runner V2, without a model or a server.

vLLM's scheduler and manager fill the masks. The runner's worker applies them to random logits with its Triton kernel,
which Triton's interpreter runs on the CPU. Then one token per request is sampled, or with drafts, as many as the model
confirms. Run with the Python of an environment that has vLLM:

    TRITON_INTERPRET=1 PYTHONPATH=python:scripts/remote:scripts/remote/vllm-v2:src/bench/benches/plugin \
        python scripts/remote/vllm-v2/check_worker.py MODEL_FOLDER [--drafts 3] [--rounds 1]

Prints the number of documents and of confirmed drafts. Exits with 1 if a document is invalid or missing.
"""

from __future__ import annotations

import argparse
import itertools
import random
from types import SimpleNamespace as Namespace
from typing import Any

# First, as in vLLM's CPU worker: it replaces what only GPUs have.
import vllm.v1.worker.cpu.shm  # noqa: F401

# isort: split
import numpy as np
import torch
from draft_cases import Tally, check_rounds, draft
from vllm.v1.core.sched.scheduler import Scheduler
from vllm.v1.outputs import DraftTokenIds
from vllm.v1.worker.gpu.structured_outputs import StructuredOutputsWorker, grammar_invalid_drafts
from vllm_steps import VllmEngine


class Step:
    """One step of requests whose logits are random: masks, then tokens."""

    def __init__(self, manager: Any, worker: StructuredOutputsWorker, drafts: int, source: random.Random) -> None:
        self._manager = manager
        self._worker = worker
        self._drafts = drafts
        self._source = source
        self._random = torch.Generator().manual_seed(source.randrange(1 << 30))
        self.tally = Tally()
        self._size = manager.vllm_config.model_config.get_vocab_size()

    def run(self, live: dict[str, Any]) -> None:
        scheduled = self._schedule(live)
        rows = [1 + len(scheduled.get(name, ())) for name in live]
        ends = np.cumsum([0, *rows]).astype(np.int32)
        logits = torch.rand((int(ends[-1]), self._size), generator=self._random)
        # Some drafts are what the model would write, so that they are confirmed.
        for name, start in zip(live, ends, strict=False):
            for place, token in enumerate(scheduled.get(name, ())):
                if token >= 0 and self._source.random() < 0.7:
                    logits[int(start) + place, token] = 2
        output = Scheduler.get_grammar_bitmask(
            Namespace(requests=live, structured_output_manager=self._manager),
            Namespace(
                has_structured_output_requests=True,
                num_scheduled_tokens=dict.fromkeys(live, 1),
                scheduled_spec_decode_tokens=scheduled,
            ),
        )
        batch = Namespace(
            req_ids=list(live),
            num_reqs=len(live),
            cu_num_logits_np=ends,
            cu_num_logits=torch.from_numpy(ends),
            num_draft_tokens=int(ends[-1]) - len(live),
            num_draft_tokens_per_req=np.array(rows) - 1 if self._drafts else None,
            expanded_local_pos=torch.cat([torch.arange(count) for count in rows]),
        )
        names, bitmask, acceptable = (
            output.structured_output_request_ids,
            output.grammar_bitmask,
            output.num_acceptable_drafts,
        )
        self._worker.apply_grammar_bitmask(logits, batch, names, bitmask)
        invalid = grammar_invalid_drafts(batch, names, acceptable)
        sampled = logits.argmax(dim=-1).tolist()
        for (name, request), start in zip(list(live.items()), ends.tolist(), strict=False):
            tokens = []
            for place, token in enumerate([*scheduled.get(name, ()), None]):
                tokens.append(sampled[start + place])
                is_past = token is None or (invalid is not None and bool(invalid[start + place + 1]))
                if is_past or token != sampled[start + place]:
                    break
            self.tally.offered += len([token for token in scheduled.get(name, ()) if token >= 0])
            self.tally.confirmed += len(tokens) - 1
            self._accept(live, name, request, tokens)

    def _schedule(self, live: dict[str, Any]) -> dict[str, list[int]]:
        """Drafts, some of them not allowed, as an asynchronous scheduler fills them in for placeholders."""
        if self._drafts == 0:
            return {}
        scheduled = {}
        drafts = []
        for name, request in live.items():
            scheduled[name] = [-1] * self._drafts
            drafts.append(self._propose(request))
        outputs = Namespace(scheduled_spec_decode_tokens=scheduled)
        Scheduler.update_draft_token_ids_in_output(
            Namespace(requests=live, structured_output_manager=self._manager),
            DraftTokenIds(list(live), drafts),
            outputs,
        )
        return scheduled

    def _propose(self, request: Any) -> list[int]:
        drafts: list[int] = []
        left = request.max_tokens - request.num_output_tokens
        for _ in range(self._drafts):
            drafts.append(draft(self._source, request.twin, drafts, left, self._size))
        return drafts

    def _accept(self, live: dict[str, Any], name: str, request: Any, tokens: list[int]) -> None:
        ends = request.sampling_params._all_stop_token_ids
        for place, token in enumerate(tokens):
            if token in ends or len(request.output) + place + 1 == request.max_tokens:
                tokens = tokens[: place + 1]
                break
        if not self._manager.accept_tokens(request, tokens):
            raise AssertionError(f"{name}: {tokens} was rejected: {request.structured_output_request.grammar}")
        for token in tokens:
            request.twin.accept(token)
        request.output += tokens
        request.num_output_tokens = len(request.output)
        if tokens[-1] in ends or len(request.output) >= request.max_tokens:
            del live[name]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--drafts", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    engine = VllmEngine(arguments.folder, 32)
    manager = engine._managers["formwork"]
    manager.vllm_config.num_speculative_tokens = arguments.drafts
    size = manager.vllm_config.model_config.get_vocab_size()
    stride = 1 + arguments.drafts
    worker = StructuredOutputsWorker(32 * stride, size, torch.device("cpu"), stride, 1)
    step = Step(manager, worker, arguments.drafts, random.Random(3))
    numbers = itertools.count()

    def run(requests: list[Any]) -> None:
        live = {}
        for request in requests:
            request.is_prefill_chunk = False
            request.request_id = str(next(numbers))
            live[request.request_id] = request
        while live:
            step.run(live)

    check_rounds(
        engine, arguments.rounds, step.tally, lambda request: request.structured_output_request.grammar.sequence, run
    )


if __name__ == "__main__":
    main()
