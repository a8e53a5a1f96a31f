"""Time of a step in vLLM's own classes, Formwork and xgrammar alternately, with a simulated scheduler.

Run with the Python of an environment that has vLLM (formwork bench plugin does):

    PYTHONPATH=python python src/bench/benches/plugin/vllm_steps.py MODEL_FOLDER [--batches 1,8,32] [--runs 5] [--kills 0]

Prints one line of JSON: median times of `grammar_bitmask` in milliseconds and the backend's share of a step, by batch and
backend; the longest gap of four running requests, with and without a new schema of 50 KB being compiled; the outcome of
killing the child.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import threading
import time
from pathlib import Path
from types import SimpleNamespace as Namespace
from typing import Any

import numpy as np
import vllm.v1.structured_output as module
from transformers import AutoTokenizer
from vllm.sampling_params import SamplingParams, StructuredOutputsParams
from vllm.v1.structured_output.request import StructuredOutputRequest

from formwork_plugin import vllm as plugin

PASS_SECONDS = 0.004

PEOPLE = {
    "type": "array",
    "minItems": 6,
    "items": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 30},
            "age": {"type": "integer"},
            "city": {"type": "string", "maxLength": 30},
            "active": {"type": "boolean"},
        },
        "required": ["name", "age", "city", "active"],
        "additionalProperties": False,
    },
}


class Bench:
    def __init__(self, folder: str, most: int) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        module.cached_tokenizer_from_config = lambda model_config: self.tokenizer
        self.size = json.loads((Path(folder) / "config.json").read_text())["vocab_size"]
        self.model = Namespace(
            skip_tokenizer_init=False,
            get_vocab_size=lambda: self.size,
            max_model_len=4096,
            is_diffusion=False,
            hf_config=Namespace(model_type="llama"),
            try_get_generation_config=lambda: {},
        )
        self.most = most
        self.source = random.Random(5)
        self.taken = 0

    def manager(self) -> Any:
        structured = Namespace(
            reasoning_parser_plugin="",
            reasoning_parser="",
            enable_in_reasoning=False,
            backend="auto",
            disable_any_whitespace=True,
        )
        config = Namespace(
            parallel_config=Namespace(distributed_executor_backend="uni"),
            scheduler_config=Namespace(max_num_seqs=self.most),
            model_config=self.model,
            structured_outputs_config=structured,
            num_speculative_tokens=0,
            speculative_config=None,
        )
        return module.StructuredOutputManager(config)

    def request(self, name: str, schema: Any, backend: str, budget: int) -> Any:
        params = SamplingParams(
            max_tokens=budget,
            structured_outputs=StructuredOutputsParams(json=schema),
        )
        params.structured_outputs._backend = backend
        params._all_stop_token_ids = {self.tokenizer.eos_token_id}
        output: list[int] = []
        return Namespace(
            request_id=name,
            sampling_params=params,
            structured_output_request=StructuredOutputRequest.from_sampling_params(params),
            use_structured_output=True,
            max_tokens=budget,
            prompt_token_ids=[1, 2, 3],
            num_prompt_tokens=3,
            output=output,
            all_token_ids=output,
            num_output_tokens=0,
            is_finished=lambda: False,
        )

    def start(self, manager: Any, requests: list[Any]) -> None:
        for request in requests:
            manager.grammar_init(request)
        for request in requests:
            while not request.structured_output_request.is_grammar_ready:
                time.sleep(0.0005)
            if isinstance(request.structured_output_request.grammar, Exception):
                raise request.structured_output_request.grammar

    def step(self, manager: Any, live: dict[str, Any], wait: float) -> tuple[float, float]:
        """
        One step of a batch with random tokens: the milliseconds of its masks, and those of taking the tokens. The
        forward pass, during which the other side sleeps, takes `wait` seconds between the two; 0: it comes before.
        """
        for request in live.values():
            request.num_output_tokens = len(request.output)
        if wait > 0:
            time.sleep(wait)
        began = time.perf_counter()
        table = manager.grammar_bitmask(live, list(live), {})
        masks = 1000 * (time.perf_counter() - began)
        if wait == 0:
            time.sleep(PASS_SECONDS)
        self.taken += 1
        chosen = []
        for row, request in zip(table.view(np.uint32), list(live.values()), strict=False):
            tokens = np.flatnonzero(np.unpackbits(row.view(np.uint8), bitorder="little"))
            chosen.append((request, int(self.source.choice(tokens))))
        began = time.perf_counter()
        for request, token in chosen:
            request.output.append(token)
            request.num_output_tokens += 1
            if not manager.accept_tokens(request, [token]):
                if request.structured_output_request.grammar.sequence.failure is None:
                    raise AssertionError(f"{request.request_id}: {token} was refused")
                del live[request.request_id]
            elif token == self.tokenizer.eos_token_id or len(request.output) >= request.max_tokens:
                del live[request.request_id]
        plugin.prepare_masks(manager)
        return masks, 1000 * (time.perf_counter() - began)

    def steps(self, manager: Any, backend: str, batch: int, count: int, wait: float) -> list[tuple[float, float]]:
        requests = [self.request(f"{backend}{i}", PEOPLE, backend, 400) for i in range(batch)]
        self.start(manager, requests)
        live = {request.request_id: request for request in requests}
        times: list[tuple[float, float]] = []
        while len(times) < count and len(live) == batch:
            times.append(self.step(manager, live, wait))
        return times

    def gaps(self, manager: Any, newcomer: Any | None) -> float:
        """The longest milliseconds of masks of four running requests, while a new schema comes in or none does."""
        requests = [self.request(f"gap{i}", PEOPLE, plugin.BACKEND, 600) for i in range(4)]
        self.start(manager, requests)
        live = {request.request_id: request for request in requests}
        times = []
        other = None
        for step in range(120):
            if step == 40 and newcomer is not None:
                other = self.request(f"new{id(newcomer)}", newcomer, plugin.BACKEND, 600)
                manager.grammar_init(other)
            times.append(self.step(manager, live, PASS_SECONDS)[0])
            if len(live) < 4:
                break
        if other is not None:
            while not other.structured_output_request.is_grammar_ready:
                time.sleep(0.001)
        return max(times[10:])

    def kills(self, manager: Any, count: int) -> dict[str, int]:
        """Kills the children at random moments under load; every document has to be whole and none may hang."""
        counts = {"kills": 0, "documents": 0, "invalid": 0, "failed": 0}
        stopped = threading.Event()

        def kill() -> None:
            nonlocal after
            while not stopped.is_set() and counts["kills"] < count:
                time.sleep(self.source.random() * 0.4)
                # The next one at a random moment of the life of the child that came after.
                if self.taken < after:
                    continue
                os.kill(self.source.choice(manager._formwork_pool.children).pid, signal.SIGKILL)
                counts["kills"] += 1
                after = self.taken + 3

        after = 0
        self.start(manager, [self.request("first", PEOPLE, plugin.BACKEND, 400)])
        killer = threading.Thread(target=kill)
        killer.start()
        while counts["kills"] < count:
            requests = [self.request(f"kill{i}", PEOPLE, plugin.BACKEND, 300) for i in range(8)]
            self.start(manager, requests)
            live = {request.request_id: request for request in requests}
            while live:
                self.step(manager, live, 0)
            for request in requests:
                counts["documents"] += 1
                if request.structured_output_request.grammar.sequence.failure is not None:
                    counts["failed"] += 1
                    continue
                text = self.tokenizer.decode(request.output, skip_special_tokens=True)
                counts["invalid"] += not is_people(text)
        stopped.set()
        killer.join()
        return counts


def is_people(text: str) -> bool:
    try:
        people = json.loads(text)
    except ValueError:
        return False
    return len(people) >= 6 and all(list(one) == ["name", "age", "city", "active"] for one in people)


def large_schema(seed: int, size: int = 50_000) -> dict[str, Any]:
    source = random.Random(seed)

    def word() -> str:
        return "".join(source.choice("abcdefghijklmnop") for _ in range(8))

    def leaf() -> dict[str, Any]:
        return source.choice(
            [
                {
                    "type": "string",
                    "description": " ".join(word() for _ in range(6)),
                    "maxLength": source.randint(10, 200),
                },
                {"enum": [word() for _ in range(8)]},
                {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": source.randint(10, 9999)}},
                {"type": "string", "pattern": f"^{word()}[0-9]{{2,5}}$"},
            ]
        )

    def members(depth: int) -> dict[str, Any]:
        names = [word() for _ in range(6)]
        properties = {name: members(depth - 1) if depth and source.random() < 0.5 else leaf() for name in names}
        return {"type": "object", "properties": properties, "required": names[:2], "additionalProperties": False}

    top: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
    while len(json.dumps(top)) < size:
        top["properties"][word()] = members(2)
    top["required"] = list(top["properties"])[:1]
    return top


def summary(times: list[tuple[float, float]]) -> dict[str, float]:
    masks = sorted(masks for masks, _ in times)
    spent = statistics.mean(masks + tokens for masks, tokens in times)
    return {
        "median_ms": round(statistics.median(masks), 3),
        "p99_ms": round(masks[int(len(masks) * 0.99)], 3),
        "tokens_ms": round(statistics.median(tokens for _, tokens in times), 3),
        # Requests without a schema take the forward pass alone.
        "share": round(spent / (spent + 1000 * PASS_SECONDS), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--batches", default="1,8,32")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--kills", type=int, default=0)
    arguments = parser.parse_args()
    plugin.register()
    batches = [int(batch) for batch in arguments.batches.split(",")]
    bench = Bench(arguments.folder, max([*batches, 8]))
    managers = {plugin.BACKEND: bench.manager(), "xgrammar": bench.manager()}
    figures: dict[str, Any] = {"pass_ms": 1000 * PASS_SECONDS, "steps": {}}
    for backend, manager in managers.items():
        bench.steps(manager, backend, 1, 100, PASS_SECONDS)
    # Asynchronous scheduling wants the masks as soon as the tokens are known; otherwise the engine has the forward pass
    # begin first.
    for moment, wait in (("later", PASS_SECONDS), ("at once", 0)):
        for batch in batches:
            times: dict[str, list[tuple[float, float]]] = {backend: [] for backend in managers}
            for _ in range(arguments.runs):
                for backend, manager in managers.items():
                    times[backend] += bench.steps(manager, backend, batch, arguments.steps, wait)
            figures["steps"][f"{batch}, {moment}"] = {backend: summary(values) for backend, values in times.items()}
    ours = managers[plugin.BACKEND]
    alone = [bench.gaps(ours, None) for _ in range(5)]
    beside = [bench.gaps(ours, large_schema(seed)) for seed in range(5)]
    figures["longest_gap_ms"] = {
        "alone": round(statistics.median(alone), 2),
        "beside_a_new_schema": round(statistics.median(beside), 2),
    }
    if arguments.kills > 0:
        figures["kills"] = bench.kills(ours, arguments.kills)
    figures["service"] = ours._formwork_pool.statistics()
    print(json.dumps(figures))
    for manager in managers.values():
        manager.clear_backend()


if __name__ == "__main__":
    main()
