"""The lanes of one engine process.

A batch waits for its slowest mask, so nothing that takes long may stand in front of masks: a new schema is compiled in
a lane that no running request is in. If that was quick, it is compiled again in the lane where the running requests
are, whose memory of earlier masks it shares; if not, the request stays where it was compiled, and another lane is
started for the next.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from .lane import Entry, Lane, Step
from .log import logger
from .options import Options
from .sequence import Sequence, Spec
from .service import ServiceDied, ServiceError, Start

QUICK_MILLISECONDS = 3.0
REPORT_SECONDS = 5.0
_MAX_KNOWN = 4096


class Pool:
    """The lanes of one engine process."""

    def __init__(self, start: Start, options: Options, report: Callable[[dict[str, Any]], None] | None = None) -> None:
        """`report` is called with the figures every few seconds, while there is work."""
        self._start = start
        self._options = options
        try:
            self._lanes = [Lane(start, options)]
        except ServiceDied as error:
            # Not every engine tells why a request failed.
            logger.error("Formwork: %s", error)
            raise
        self._lock = threading.Lock()
        self._next = 0
        self._known: OrderedDict[tuple[str, str], Lane] = OrderedDict()
        self._starting = False
        self._closed = False
        self._report = report
        self._reported = self._logged = time.monotonic()
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

    def prepare(self, batch: Iterable[Entry]) -> list[Step]:
        """Asks for the masks of a batch, of each sequence's next place and of that after each draft; does not wait."""
        lanes: dict[Lane, list[Entry]] = {}
        for entry in batch:
            sequence = entry[0]
            if not sequence.terminated and sequence.failure is None:
                entries = lanes.get(sequence.lane)
                if entries is None:
                    entries = lanes[sequence.lane] = []
                entries.append(entry)
        return [lane.begin(entries) for lane, entries in lanes.items()]

    def step(self, batch: Iterable[Entry]) -> None:
        """The same, and waits: one round trip for all that has not been prepared."""
        missing = [entry for entry in batch if entry[1] or not entry[0].prepared]
        for step in self.prepare(missing) if missing else ():
            step.finish()
        now = time.monotonic()
        if now - self._reported > REPORT_SECONDS:
            self._reported = now
            threading.Thread(target=self.report, daemon=True).start()

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

    def report(self) -> None:
        """The figures, to whom wants them and, now and then, to the log."""
        seconds = self._options.log_seconds
        is_due = 0 < seconds <= time.monotonic() - self._logged
        if self._report is None and not is_due:
            return
        figures = self.statistics()
        if self._report is not None:
            self._report(figures)
        if is_due:
            self._logged = time.monotonic()
            logger.info("Formwork: %s", ", ".join(f"{name} {value}" for name, value in figures.items()))

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
