"""A child process with its sequences, and the steps of a batch.

A step is sent first and received later, so that the engine continues while the child works. Any other call waits for
the pending step.

A child that dies is restarted: each of its sequences is compiled again and replayed from the log of its tokens. If the
child dies again, its sequences are tried one at a time, and only the one that causes the deaths fails.
"""

from __future__ import annotations

import json
import struct
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Sequence as Listing
from typing import Any

from . import service as frames
from .log import logger
from .options import PREFIX, Options
from .sequence import Sequence, Spec
from .service import Service, ServiceDied, ServiceError, Start, pack_words

Entry = tuple[Sequence, Listing[int]]
"""A sequence and its draft tokens."""

_MAX_STARTS = 3
"""Consecutive failed starts after which all sequences fail."""

_MAX_KILLED_STARTS = 12
"""The same for starts that a signal ended, which may have an external cause."""

_COUNTED = ("masks", "mask_us", "compiles")
"""Figures that grow; those of an earlier process are kept."""

_MAX_DEATHS = 3
"""Deaths of the child with a single sequence after which that sequence fails. One or two may have an external cause."""


class Child:
    """A child process and its sequences. Thread-safe."""

    def __init__(self, start: Start, options: Options) -> None:
        self.row_bytes = start.row_bytes
        self.rows = start.rows
        self.restarts = 0
        self.forgotten: deque[int] = deque()
        self._start = start
        self._options = options
        self._lock = threading.Lock()
        self._under_way: Step | None = None
        self._sequences: weakref.WeakValueDictionary[int, Sequence] = weakref.WeakValueDictionary()
        self._service = Service(start, options.compile_seconds)
        self._closed = False
        self._counted: Counter[str] = Counter()
        """What earlier processes had counted when they were last asked."""
        self._latest: dict[str, float] = {}
        """What this process had counted when it was last asked."""
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
        """Returns a new sequence and the compile time in milliseconds. Raises ServiceError for a rejected request."""
        with self._lock:
            self._settle()
            for attempt in range(1, _MAX_DEATHS + 1):
                try:
                    answer = self._compile(handle, spec)
                    break
                except ServiceDied as error:
                    self._restart(error)
                    if error.timed_out or attempt == _MAX_DEATHS:
                        reason = f"While compiling the schema {error}."
                        if error.timed_out:
                            reason += f" {PREFIX}COMPILE_SECONDS is the limit."
                        # Not every engine reports the reason to the client.
                        logger.error("Formwork: a request is rejected: %s", reason)
                        raise ServiceError({"error": reason, "status": 400, "code": "schema_too_large"}) from error
            sequence = Sequence(spec, handle, self, answer["least"])
            self._sequences[handle] = sequence
            return sequence, answer["milliseconds"]

    def begin(self, batch: Listing[Entry], masks: bool = True) -> Step:
        """Sends a step without waiting for its result."""
        with self._lock:
            self._settle()
            if self.forgotten:
                self._forget()
            step = Step(self, batch, masks)
            self._under_way = step
            step.send()
        return step

    def finish(self, step: Step) -> None:
        """Receives `step`, unless that has been done."""
        with self._lock:
            if not step.done:
                self._settle()

    def step(self, batch: Listing[Entry], masks: bool = True) -> Listing[int]:
        """The number of masks filled per sequence: `1 + drafts` if all drafts are allowed, 0 if it cannot continue."""
        step = self.begin(batch, masks)
        step.finish()
        return step.filled

    def statistics(self) -> dict[str, Any]:
        """Figures of the process; `masks`, `mask_us` (their time) and `compiles` include those of earlier processes."""
        with self._lock:
            self._settle()
            if self.forgotten:
                self._forget()
            answer: dict[str, Any] = {}
            try:
                answer = self._service.json(frames.STATISTICS, {}, self._options.step_seconds)
                answer["mask_us"] = answer["masks"] * answer["mean_us"]
                self._latest = {name: answer[name] for name in _COUNTED}
            except ServiceDied as error:
                self._restart(error)
            return {**answer, **{name: self._counted[name] + self._latest.get(name, 0) for name in _COUNTED}}

    def close(self) -> None:
        self._closed = True
        self._service.close()

    # Called by `Step` with the lock held.

    def exchange_send(self, kind: int, payload: bytes) -> None:
        self._service.send(kind, payload)

    def exchange_receive(self) -> bytes:
        return self._service.receive(self._options.step_seconds)

    def masks(self, rows: int) -> bytes:
        return self._service.masks(rows * self.row_bytes)

    def recover(self, error: ServiceDied) -> None:
        self._restart(error)

    def _settle(self) -> None:
        step, self._under_way = self._under_way, None
        if step is not None:
            step.receive()

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
        """Starts a new child and compiles the surviving sequences in it; the next step sends their logs."""
        if self._closed:
            raise error
        self._counted.update(self._latest)
        self._latest = {}
        began = time.monotonic()
        failed_starts = killed_starts = 0
        deaths: Counter[int] = Counter()
        while failed_starts < _MAX_STARTS and killed_starts < _MAX_KILLED_STARTS:
            self._service.close()
            self.restarts += 1
            try:
                self._service = Service(self._start, self._options.compile_seconds)
            except (OSError, ServiceDied, ServiceError) as again:
                logger.warning("Formwork: the constraint engine could not be started: %s", again)
                if isinstance(again, ServiceDied) and again.killed:
                    killed_starts += 1
                else:
                    failed_starts += 1
                continue
            failed_starts = killed_starts = 0
            self.forgotten.clear()
            count = self._bring_back(deaths)
            if count is not None:
                took = 1000 * (time.monotonic() - began)
                logger.warning("Formwork: %s; started again in %.0f ms with %d requests.", error, took, count)
                return
        for sequence in list(self._sequences.values()):
            sequence.fail("the constraint engine could not be started again")

    def _bring_back(self, deaths: Counter[int]) -> int | None:
        """Compiles the surviving sequences and returns their number, or None if the child died meanwhile.

        `deaths`: the number of deaths while compiling a sequence, by its handle.
        """
        alive = [sequence for sequence in list(self._sequences.values()) if sequence.failure is None]
        for sequence in alive:
            sequence.begin_again()
            try:
                self._compile(sequence.handle, sequence.spec)
            except ServiceError as error:
                sequence.fail(f"after a restart {error}")
            except ServiceDied as error:
                deaths[sequence.handle] += 1
                if error.timed_out or deaths[sequence.handle] == _MAX_DEATHS:
                    sequence.fail(f"after a restart {error}")
                return None
        return len(alive)


class Step:
    """One batch, sent to one child."""

    def __init__(self, child: Child, batch: Listing[Entry], masks: bool) -> None:
        self.filled: Listing[int] = ()
        self.block = b""
        """The masks, contiguous; set once the step is done."""
        self.done = False
        self._child = child
        self._batch = batch
        self._with_masks = masks
        self._error: ServiceDied | None = None

    def finish(self) -> None:
        """Waits for the result, unless it has been received."""
        if not self.done:
            self._child.finish(self)

    def send(self) -> None:
        try:
            self._send(self._batch)
        except ServiceDied as error:
            self._error = error

    def receive(self) -> None:
        try:
            if self._error is None:
                try:
                    self.filled = self._receive(self._batch)
                    return
                except ServiceDied as error:
                    self._error = error
            self.filled = self._again(self._error)
        except ServiceError as error:
            for sequence, _ in self._batch:
                sequence.fail(str(error))
            self.filled = [0] * len(self._batch)
        finally:
            # The sequences refer to this step. It must not refer to them, nor may the traceback of its error:
            # a reference cycle would delay their release.
            self._error = None
            self._batch = ()
            self.done = True

    def _again(self, error: ServiceDied) -> Listing[int]:
        self._child.recover(error)
        if not error.timed_out:
            try:
                self._send(self._batch)
                return self._receive(self._batch)
            except ServiceDied as again:
                self._child.recover(again)
        filled: list[int] = []
        blocks: list[bytes] = []
        row = 0
        for entry in self._batch:
            filled.append(self._alone(entry))
            # The rows of a batch of one move to their place in the whole batch.
            rows = 1 + len(entry[1])
            blocks.append(self.block[: rows * self._child.row_bytes].ljust(rows * self._child.row_bytes, b"\0"))
            if self._with_masks:
                entry[0].await_rows(self, row, entry[1])
                entry[0].filled = filled[-1]
            row += rows
        self.block = b"".join(blocks)
        return filled

    def _alone(self, entry: Entry) -> int:
        """Tries one sequence by itself, several times: a death of the child may have an external cause."""
        for _ in range(_MAX_DEATHS):
            try:
                self._send([entry])
                return self._receive([entry])[0]
            except ServiceDied as culprit:
                error = culprit
                self._child.recover(culprit)
                if culprit.timed_out:
                    break
        entry[0].fail(str(error))
        return 0

    def _send(self, batch: Listing[Entry]) -> None:
        words = [len(batch)]
        row = 0
        for sequence, drafts in batch:
            log, sent = sequence.log, sequence.sent
            words += (sequence.handle, sequence.budget_left(), sequence.undone, len(log) - sent, len(drafts))
            words += log[sent:]
            words += drafts
            sequence.sent = len(log)
            sequence.undone = 0
            if self._with_masks:
                sequence.await_rows(self, row, drafts)
            row += 1 + len(drafts)
        self._child.exchange_send(frames.STEP if self._with_masks else frames.VALIDATE, pack_words(words))

    def _receive(self, batch: Listing[Entry]) -> Listing[int]:
        answer = self._child.exchange_receive()
        filled = struct.unpack_from(f"<{len(batch)}I", answer)
        awaited = [1 + len(drafts) for _, drafts in batch]
        if self._with_masks:
            self.block = self._child.masks(sum(awaited))
        if filled != tuple(awaited):
            self._fall_short(batch, filled, _json(answer[4 * len(batch) :]))
        return filled

    def _fall_short(self, batch: Listing[Entry], filled: Listing[int], failures: dict[str, str]) -> None:
        for (sequence, _), count in zip(batch, filled, strict=True):
            if self._with_masks:
                sequence.filled = count
            if count == 0:
                sequence.fail(failures.get(str(sequence.handle), "the constraint engine gave no reason"))


def _json(payload: bytes) -> dict[str, str]:
    found: dict[str, str] = json.loads(payload) if payload else {}
    return found
