"""Time of a step in the classes of vLLM or SGLang, Formwork and xgrammar alternately, with a simulated model.

Run with the Python of an environment that has either engine (formwork bench plugin does):

    PYTHONPATH=python python src/bench/benches/plugin/steps.py MODEL_FOLDER [--batches 1,8,32] [--runs 5] [--kills 0]

Prints one line of JSON: the engine; times of a step's masks in milliseconds and the backend's share of a step, by batch
and backend; the longest gap of four running requests, alone and while a new schema of 50 KB is compiled; the outcome
of killing the children.
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
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

PASS_SECONDS = 0.004
"""The simulated forward pass."""

OURS = "formwork"

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


class Batch(Protocol):
    """Running requests of one backend."""

    def __len__(self) -> int: ...

    def masks(self) -> Any:
        """The masks of a step: one row of 32-bit words per request."""

    def accept(self, tokens: list[int]) -> None:
        """Accepts one token per request and removes finished requests."""


class Engine(Protocol):
    """The classes of an engine, with both backends."""

    name: str
    """Engine and version."""
    backends: tuple[str, ...]

    def compile(self, backend: str, schema: Any, count: int, budget: int) -> list[Any]:
        """Starts to compile; returns `count` requests."""

    def is_ready(self, request: Any) -> bool:
        """Whether a request has been compiled. Raises the error if that failed."""

    def batch(self, backend: str, requests: list[Any]) -> Batch: ...

    def text(self, request: Any) -> str | None:
        """The document of a finished request, None if it failed."""

    def pool(self) -> Any:
        """Formwork's pool of children."""

    def close(self) -> None: ...


class Bench:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.source = random.Random(5)
        self.taken = 0

    def start(self, backend: str, schema: Any, count: int, budget: int) -> tuple[Batch, list[Any]]:
        requests = self.engine.compile(backend, schema, count, budget)
        self.wait(requests)
        return self.engine.batch(backend, requests), requests

    def wait(self, requests: list[Any]) -> None:
        while not all(self.engine.is_ready(request) for request in requests):
            time.sleep(0.0005)

    def step(self, batch: Batch, wait: float) -> tuple[float, float]:
        """One step with random tokens. Returns the milliseconds of its masks and of accepting its tokens.

        The forward pass, during which other processes may run, takes `wait` seconds before the masks are needed; if
        `wait` is 0, the masks are needed first.
        """
        if wait > 0:
            time.sleep(wait)
        began = time.perf_counter()
        table = batch.masks()
        masks = 1000 * (time.perf_counter() - began)
        if wait == 0:
            time.sleep(PASS_SECONDS)
        self.taken += 1
        tokens = []
        for row in table[: len(batch)].view(np.uint32):
            allowed = np.flatnonzero(np.unpackbits(row.view(np.uint8), bitorder="little"))
            tokens.append(int(self.source.choice(allowed)))
        began = time.perf_counter()
        batch.accept(tokens)
        return masks, 1000 * (time.perf_counter() - began)

    def steps(self, backend: str, size: int, count: int, wait: float) -> list[tuple[float, float]]:
        batch, _ = self.start(backend, PEOPLE, size, 400)
        times: list[tuple[float, float]] = []
        while len(times) < count and len(batch) == size:
            times.append(self.step(batch, wait))
        return times

    def gap(self, newcomer: Any | None) -> float:
        """The longest wait of four running requests for masks, in milliseconds, optionally next to a new schema."""
        batch, _ = self.start(OURS, PEOPLE, 4, 600)
        times = []
        others: list[Any] = []
        for step in range(120):
            if step == 40 and newcomer is not None:
                others = self.engine.compile(OURS, newcomer, 1, 600)
            times.append(self.step(batch, PASS_SECONDS)[0])
            if len(batch) < 4:
                break
        self.wait(others)
        return max(times[10:])

    def kills(self, count: int) -> dict[str, int]:
        """Kills the children at random moments under load: every document has to be complete."""
        counts = {"kills": 0, "documents": 0, "invalid": 0, "failed": 0}
        stopped = threading.Event()

        def kill() -> None:
            after = 0
            while not stopped.is_set() and counts["kills"] < count:
                time.sleep(self.source.random() * 0.4)
                # Leaves a new child a few steps before the next kill.
                if self.taken < after:
                    continue
                try:
                    os.kill(self.source.choice(self.engine.pool().children).pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue  # It is being started again.
                counts["kills"] += 1
                after = self.taken + 3

        killer = threading.Thread(target=kill)
        killer.start()
        while counts["kills"] < count:
            batch, requests = self.start(OURS, PEOPLE, 8, 300)
            while len(batch) > 0:
                self.step(batch, 0)
            for request in requests:
                text = self.engine.text(request)
                counts["documents"] += 1
                counts["failed"] += text is None
                counts["invalid"] += text is not None and not is_people(text)
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
        # A step without a schema takes the forward pass alone.
        "share": round(spent / (spent + 1000 * PASS_SECONDS), 3),
    }


def engine_here(folder: str, most: int) -> Engine:
    """The engine that this Python's environment has."""
    if find_spec("vllm") is not None:
        from vllm_steps import VllmEngine

        return VllmEngine(folder, most)
    from sglang_steps import SglangEngine

    return SglangEngine(folder)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--batches", default="1,8,32")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--kills", type=int, default=0)
    arguments = parser.parse_args()
    batches = [int(batch) for batch in arguments.batches.split(",")]
    engine = engine_here(arguments.folder, max([*batches, 8]))
    bench = Bench(engine)
    figures: dict[str, Any] = {"engine": engine.name, "pass_ms": 1000 * PASS_SECONDS, "steps": {}}
    for backend in engine.backends:
        bench.steps(backend, 1, 100, PASS_SECONDS)
    # With asynchronous scheduling, masks are needed as soon as the tokens are known; otherwise, the engine starts the
    # forward pass first.
    for moment, wait in (("later", PASS_SECONDS), ("at once", 0)):
        for batch in batches:
            times: dict[str, list[tuple[float, float]]] = {backend: [] for backend in engine.backends}
            for _ in range(arguments.runs):
                for backend in engine.backends:
                    times[backend] += bench.steps(backend, batch, arguments.steps, wait)
            figures["steps"][f"{batch}, {moment}"] = {backend: summary(values) for backend, values in times.items()}
    # In turns, so that other load affects both alike.
    gaps = [(bench.gap(None), bench.gap(large_schema(seed))) for seed in range(5)]
    figures["longest_gap_ms"] = {
        "alone": round(statistics.median(alone for alone, _ in gaps), 2),
        "beside_a_new_schema": round(statistics.median(beside for _, beside in gaps), 2),
    }
    if arguments.kills > 0:
        figures["kills"] = bench.kills(arguments.kills)
    figures["service"] = engine.pool().statistics()
    print(json.dumps(figures))
    engine.close()


if __name__ == "__main__":
    main()
