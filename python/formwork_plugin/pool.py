"""Children ("lanes"), and each request's place in one of them.

A batch waits for its slowest mask, so nothing that takes long may stand in front of masks: a new schema is compiled in
a lane that no running request is in. If that was quick, it is compiled again in the lane where the running requests
are, whose memory of earlier masks it shares; if not, the request stays where it was compiled, and another lane is
started for the next.

Each sequence keeps the log of its tokens. A lane that ends is started again, and each of its sequences is compiled and
brought to its place from its log; what then ends the lane again is found by trying sequences alone, and fails alone.
"""

from __future__ import annotations

import json
import struct
import threading
import time
import weakref
from collections import OrderedDict, deque
from collections.abc import Iterable
from collections.abc import Sequence as Listing
from dataclasses import dataclass
from typing import Any

from . import service as frames
from .log import logger
from .options import Options
from .service import Service, ServiceDied, ServiceError, Start, pack_words

UNLIMITED = 0xFFFF_FFFF
QUICK_MILLISECONDS = 3.0
_MAX_KNOWN = 4096
_MAX_STARTS = 3
_MAX_DEATHS = 3


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
    """One request's place in its document. Tokens are checked against the masks that were handed out."""

    __slots__ = (
        "__weakref__",
        "_base",
        "_block",
        "_cursor",
        "_ended",
        "_filled",
        "failure",
        "handle",
        "lane",
        "least",
        "log",
        "mark",
        "remaining",
        "sent",
        "spec",
    )

    def __init__(self, spec: Spec, handle: int, lane: Lane) -> None:
        self.spec = spec
        self.handle = handle
        self.lane = lane
        self.log: list[int] = []
        self.sent = 0
        """Tokens of the log that the lane has."""
        self.failure: str | None = None
        self.least = 0
        """Tokens of the shortest document."""
        self.remaining = UNLIMITED
        """Tokens that may follow the first `mark` of the log."""
        self.mark = 0
        self._ended = False
        self._block = b""
        self._base = 0
        self._filled = 0
        self._cursor = 0

    def __del__(self) -> None:
        self.lane.forgotten.append(self.handle)

    @property
    def terminated(self) -> bool:
        """An end token was accepted."""
        return self._ended

    def mask(self) -> memoryview:
        """The mask for the next token. Of a sequence that cannot go on: every token, since none will be accepted."""
        if self._cursor >= self._filled:
            self.lane.step([(self, ())])
        width = self.lane.row_bytes
        if self.failure is not None:
            return memoryview(b"\xff" * width)
        start = (self._base + self._cursor) * width
        return memoryview(self._block)[start : start + width]

    def accept(self, token: int) -> bool:
        """Takes the next token; False, and no change, where it is not allowed or the sequence cannot go on."""
        if self._ended or self.failure is not None or not self._allows(token):
            return False
        self.log.append(token)
        self._cursor += 1
        self._ended = token in self.spec.ends
        return True

    def rollback(self, count: int) -> None:
        """Takes back the last `count` tokens."""
        if count <= 0:
            return
        del self.log[len(self.log) - count :]
        self._ended = False
        self._cursor -= count
        if self._cursor < 0:
            self._cursor = self._filled = 0

    def validate(self, tokens: Listing[int]) -> int:
        """How many of `tokens`, from the first on, may follow; takes none."""
        if self._ended or not tokens or self.failure is not None:
            return 0
        return self.lane.step([(self, tokens)], masks=False)[0] - 1

    def budget_left(self) -> int:
        if self.remaining == UNLIMITED:
            return UNLIMITED
        return max(0, self.remaining - (len(self.log) - self.mark))

    def take_rows(self, block: bytes, base: int, filled: int) -> None:
        self._block, self._base, self._filled, self._cursor = block, base, filled, 0

    def _allows(self, token: int) -> bool:
        if self._cursor >= self._filled:
            return self.validate([token]) == 1
        if token < 0:
            return False
        at = (self._base + self._cursor) * self.lane.row_bytes + (token >> 3)
        return bool(self._block[at] >> (token & 7) & 1)


class Lane:
    """A child with its sequences, behind a lock."""

    def __init__(self, start: Start, options: Options) -> None:
        self.row_bytes = start.row_bytes
        self.rows = start.rows
        self.restarts = 0
        self.forgotten: deque[int] = deque()
        self._start = start
        self._options = options
        self._lock = threading.Lock()
        self._sequences: weakref.WeakValueDictionary[int, Sequence] = weakref.WeakValueDictionary()
        self._service = Service(start, options.compile_seconds)
        self.compiling = False

    @property
    def busy(self) -> bool:
        return self.compiling or len(self._sequences) > 0

    @property
    def load(self) -> int:
        return len(self._sequences)

    @property
    def pid(self) -> int:
        return self._service.pid

    def compile(self, handle: int, spec: Spec) -> tuple[Sequence, float]:
        """The sequence at its start, and the milliseconds it took. Raises ServiceError for what is refused."""
        with self._lock:
            for attempt in (1, 2):
                try:
                    answer = self._compile(handle, spec)
                    break
                except ServiceDied as error:
                    self._restart(error)
                    if error.timed_out or attempt == 2:
                        raise ServiceError(
                            {"error": f"While compiling the schema {error}.", "status": 400, "code": "schema_too_large"}
                        ) from error
            sequence = Sequence(spec, handle, self)
            sequence.least = answer["least"]
            self._sequences[handle] = sequence
            return sequence, answer["milliseconds"]

    def step(self, batch: Listing[tuple[Sequence, Listing[int]]], masks: bool = True) -> list[int]:
        """Rows filled for each sequence and its drafts, `1 + drafts` where all are allowed, 0 where it cannot go on."""
        step = Step(self, batch, masks)
        step.send()
        return step.receive()

    def statistics(self) -> dict[str, Any]:
        with self._lock:
            try:
                answer: dict[str, Any] = self._service.json(frames.STATISTICS, {}, self._options.step_seconds)
                return answer
            except ServiceDied as error:
                self._restart(error)
                return {}

    def close(self) -> None:
        self._service.close()

    # For `Step`, which holds the lock between the two.

    def acquire(self) -> None:
        self._lock.acquire()
        if self.forgotten:
            self._forget()

    def release(self) -> None:
        self._lock.release()

    def exchange_send(self, kind: int, payload: bytes) -> None:
        self._service.send(kind, payload)

    def exchange_receive(self) -> bytes:
        return self._service.receive(self._options.step_seconds)

    def masks(self, rows: int) -> bytes:
        return self._service.masks(rows * self.row_bytes)

    def recover(self, error: ServiceDied) -> None:
        self._restart(error)

    def _forget(self) -> None:
        handles = []
        while self.forgotten:
            handles.append(self.forgotten.popleft())
        try:
            self._service.json(frames.FORGET, handles, self._options.step_seconds)
        except ServiceDied as error:
            self._restart(error)

    def _compile(self, handle: int, spec: Spec) -> dict[str, Any]:
        body = {"handle": handle, "kind": spec.kind, "text": spec.text, "ends": spec.ends}
        if spec.budget is not None:
            body["budget"] = spec.budget
        answer: dict[str, Any] = self._service.json(frames.COMPILE, body, self._options.compile_seconds)
        return answer

    def _restart(self, error: ServiceDied) -> None:
        """A new child, with each sequence that goes on in it; their logs are sent with the next step."""
        began = time.monotonic()
        for _ in range(_MAX_STARTS + len(self._sequences)):
            self._service.close()
            self.restarts += 1
            try:
                self._service = Service(self._start, self._options.compile_seconds)
            except (OSError, ServiceDied, ServiceError) as again:
                logger.warning("Formwork: the constraint engine could not be started: %s", again)
                continue
            self.forgotten.clear()
            count = self._bring_back()
            if count is not None:
                took = 1000 * (time.monotonic() - began)
                logger.warning("Formwork: %s; started again in %.0f ms with %d requests.", error, took, count)
                return
        for sequence in list(self._sequences.values()):
            fail(sequence, "the constraint engine could not be started again")

    def _bring_back(self) -> int | None:
        """Compiles the sequences that go on, and counts them; None where that has ended the child."""
        alive = [sequence for sequence in list(self._sequences.values()) if sequence.failure is None]
        for sequence in alive:
            sequence.sent = 0
            try:
                self._compile(sequence.handle, sequence.spec)
            except (ServiceDied, ServiceError) as error:
                fail(sequence, f"after a restart {error}")
                if isinstance(error, ServiceDied):
                    return None
        return len(alive)


class Step:
    """One batch of one lane, in two halves, so that several lanes work at the same time."""

    def __init__(self, lane: Lane, batch: Listing[tuple[Sequence, Listing[int]]], masks: bool) -> None:
        self._lane = lane
        self._batch = batch
        self._masks = masks
        self._error: ServiceDied | None = None

    def send(self) -> None:
        self._lane.acquire()
        try:
            self._send(self._batch)
        except ServiceDied as error:
            self._error = error

    def receive(self) -> list[int]:
        try:
            if self._error is None:
                try:
                    return self._receive(self._batch)
                except ServiceDied as error:
                    self._error = error
            return self._again(self._error)
        finally:
            # The error's traceback holds this object, and with it the sequences.
            self._error = None
            self._lane.release()

    def _again(self, error: ServiceDied) -> list[int]:
        self._lane.recover(error)
        if not error.timed_out:
            try:
                self._send(self._batch)
                return self._receive(self._batch)
            except ServiceDied as again:
                self._lane.recover(again)
        return [self._alone(entry) for entry in self._batch]

    def _alone(self, entry: tuple[Sequence, Listing[int]]) -> int:
        """Tries one sequence by itself, some times over: what ends a child may have come from outside."""
        for _ in range(_MAX_DEATHS):
            try:
                self._send([entry])
                return self._receive([entry])[0]
            except ServiceDied as culprit:
                error = culprit
                self._lane.recover(culprit)
                if culprit.timed_out:
                    break
        fail(entry[0], str(error))
        return 0

    def _send(self, batch: Listing[tuple[Sequence, Listing[int]]]) -> None:
        words = [len(batch)]
        for sequence, drafts in batch:
            log, sent = sequence.log, sequence.sent
            common = min(sent, len(log))
            words += (sequence.handle, sequence.budget_left(), sent - common, len(log) - common, len(drafts))
            words += log[common:]
            words += drafts
        self._lane.exchange_send(frames.STEP if self._masks else frames.VALIDATE, pack_words(words))

    def _receive(self, batch: Listing[tuple[Sequence, Listing[int]]]) -> list[int]:
        answer = self._lane.exchange_receive()
        filled = list(struct.unpack_from(f"<{len(batch)}I", answer))
        failures: dict[str, str] = _json(answer[4 * len(batch) :])
        rows = sum(1 + len(drafts) for _, drafts in batch)
        block = self._lane.masks(rows) if self._masks else b""
        base = 0
        for (sequence, drafts), count in zip(batch, filled, strict=True):
            sequence.sent = len(sequence.log)
            if count == 0:
                fail(sequence, failures.get(str(sequence.handle), "the constraint engine gave no reason"))
            if self._masks:
                sequence.take_rows(block, base, count)
            base += 1 + len(drafts)
        return filled


class Pool:
    """The lanes of one engine process."""

    def __init__(self, start: Start, options: Options) -> None:
        self._start = start
        self._options = options
        self._lanes = [Lane(start, options)]
        self._lock = threading.Lock()
        self._next = 0
        self._known: OrderedDict[tuple[str, str], Lane] = OrderedDict()
        self._starting = False
        self._closed = False
        self._logged = time.monotonic()
        self._ensure_spare()

    @property
    def lanes(self) -> list[Lane]:
        return list(self._lanes)

    def compile(self, spec: Spec) -> Sequence:
        """A new sequence. Called from any thread. Raises ServiceError for what is refused."""
        key = (spec.kind, spec.text)
        with self._lock:
            handle = self._handle()
            home = self._known.get(key)
            lane = home if home is not None else self._quiet_lane()
            if home is None:
                lane.compiling = True
        try:
            sequence, milliseconds = lane.compile(handle, spec)
            if home is None:
                lane, sequence = self._place(lane, sequence, milliseconds)
        finally:
            if home is None:
                lane.compiling = False
        with self._lock:
            self._known[key] = sequence.lane
            self._known.move_to_end(key)
            while len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)
        self._ensure_spare()
        return sequence

    def step(self, batch: Iterable[tuple[Sequence, Listing[int]]]) -> None:
        """Masks for a whole batch: for each sequence the next place, and the place after each draft. One round trip."""
        lanes: dict[int, list[tuple[Sequence, Listing[int]]]] = {}
        for entry in batch:
            if not entry[0].terminated and entry[0].failure is None:
                lanes.setdefault(self._lanes.index(entry[0].lane), []).append(entry)
        # In the order of the lanes, so that two threads never wait for each other.
        steps = [Step(entries[0][0].lane, entries, True) for _, entries in sorted(lanes.items())]
        for step in steps:
            step.send()
        for step in steps:
            step.receive()
        if self._options.log_seconds > 0 and time.monotonic() - self._logged > self._options.log_seconds:
            self._logged = time.monotonic()
            threading.Thread(target=self.log, daemon=True).start()

    def statistics(self) -> dict[str, Any]:
        """Masks, their mean and 99th percentile in microseconds (of the slowest lane), compiles, restarts."""
        each = [lane.statistics() for lane in self.lanes]
        masks = sum(one.get("masks", 0) for one in each)
        return {
            "masks": masks,
            "mean_us": round(sum(one.get("masks", 0) * one.get("mean_us", 0) for one in each) / max(masks, 1), 1),
            "p99_us": max((one.get("p99_us", 0) for one in each), default=0),
            "compiles": sum(one.get("compiles", 0) for one in each),
            "sequences": sum(one.get("sequences", 0) for one in each),
            "memory_bytes": sum(one.get("memory_bytes", 0) for one in each),
            "lanes": len(each),
            "restarts": sum(lane.restarts for lane in self.lanes),
        }

    def log(self) -> None:
        logger.info("Formwork: %s", ", ".join(f"{name} {value}" for name, value in self.statistics().items()))

    def close(self) -> None:
        self._closed = True
        for lane in self.lanes:
            lane.close()

    def _handle(self) -> int:
        self._next = (self._next + 1) & 0x7FFF_FFFF
        return self._next

    def _quiet_lane(self) -> Lane:
        quiet = [lane for lane in self._lanes if not lane.busy]
        return quiet[-1] if quiet else min(self._lanes, key=lambda lane: lane.load)

    def _place(self, lane: Lane, sequence: Sequence, milliseconds: float) -> tuple[Lane, Sequence]:
        """Moves a sequence that compiles quickly to the lane where most requests are."""
        main = self._lanes[0]
        if lane is main or milliseconds > QUICK_MILLISECONDS:
            return lane, sequence
        with self._lock:
            handle = self._handle()
        lane.compiling = False
        return lane, main.compile(handle, sequence.spec)[0]

    def _ensure_spare(self) -> None:
        with self._lock:
            full = len(self._lanes) >= self._options.lanes
            if self._starting or self._closed or full or any(not lane.busy for lane in self._lanes[1:]):
                return
            self._starting = True
        threading.Thread(target=self._add_lane, daemon=True).start()

    def _add_lane(self) -> None:
        try:
            lane = Lane(self._start, self._options)
            with self._lock:
                if self._closed:
                    lane.close()
                else:
                    self._lanes.append(lane)
        except (OSError, ServiceDied, ServiceError) as error:
            logger.warning("Formwork: no further child could be started: %s", error)
        finally:
            self._starting = False


def fail(sequence: Sequence, reason: str) -> None:
    """Ends one request: from now on it accepts no token, which makes the engine end it with an error."""
    if sequence.failure is None:
        sequence.failure = reason
        logger.error("Formwork: a request cannot go on and fails alone: %s", reason)


def _json(payload: bytes) -> dict[str, str]:
    found: dict[str, str] = json.loads(payload) if payload else {}
    return found
