"""The children of one engine process.

A batch waits for its slowest mask, so a new schema is compiled in a child that serves no running request. If compiling
was quick, the schema is compiled again in the child of the running requests, so that it shares that child's cache of
masks. Otherwise the request stays in the child that compiled it, and another child is started for the next new schema.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from .child import Child, Entry, Step
from .log import logger
from .options import Options
from .sequence import Sequence, Spec
from .service import ServiceDied, ServiceError, Start

QUICK_MILLISECONDS = 3.0
REPORT_SECONDS = 5.0
_MAX_KNOWN = 4096


class Pool:
    """The children of one engine process."""

    def __init__(self, start: Start, options: Options, report: Callable[[dict[str, Any]], None] | None = None) -> None:
        """`report` receives the figures every few seconds while they change."""
        self._start = start
        self._options = options
        try:
            self._children = [Child(start, options)]
        except ServiceDied as error:
            # Not every engine reports why a request failed.
            logger.error("Formwork: %s", error)
            raise
        self._lock = threading.Lock()
        self._next = 0
        self._known: OrderedDict[tuple[str, str], Child] = OrderedDict()
        self._starting = False
        self._closed = threading.Event()
        self._report = report
        self._is_changed = False
        self._ensure_spare()
        if report is not None or options.log_seconds > 0:
            threading.Thread(target=self._report_regularly, name="formwork-report", daemon=True).start()

    @property
    def children(self) -> list[Child]:
        return list(self._children)

    def compile(self, spec: Spec) -> Sequence:
        """Returns a new sequence. Thread-safe. Raises ServiceError if the request is rejected."""
        key = (spec.kind, spec.text)
        with self._lock:
            handle = self._handle()
            home = self._known.get(key)
            child = home if home is not None else self._quiet_child()
            if home is None:
                child.compiling = True
        try:
            sequence, milliseconds = child.compile(handle, spec)
            if home is None:
                child, sequence = self._place(child, sequence, milliseconds)
        finally:
            if home is None:
                child.compiling = False
        with self._lock:
            self._known[key] = sequence.child
            self._known.move_to_end(key)
            while len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)
        self._is_changed = True
        self._ensure_spare()
        return sequence

    def prepare(self, batch: Iterable[Entry]) -> list[Step]:
        """Requests masks for each sequence's next token and for the token after each draft, without waiting."""
        children: dict[Child, list[Entry]] = {}
        for entry in batch:
            sequence = entry[0]
            if not sequence.terminated and sequence.failure is None:
                entries = children.get(sequence.child)
                if entries is None:
                    entries = children[sequence.child] = []
                entries.append(entry)
        return [child.begin(entries) for child, entries in children.items()]

    def step(self, batch: Iterable[Entry]) -> None:
        """Fetches all masks of a batch that have not been prepared, in one round trip per child."""
        missing = [entry for entry in batch if entry[1] or not entry[0].prepared]
        for step in self.prepare(missing) if missing else ():
            step.finish()
        self._is_changed = True

    def statistics(self) -> dict[str, Any]:
        """Figures of all children. Times are in microseconds; `p99_us` is that of the slowest child."""
        each = [child.statistics() for child in self.children]
        masks = sum(one["masks"] for one in each)
        return {
            "masks": masks,
            "mean_us": round(sum(one["mask_us"] for one in each) / max(masks, 1), 1),
            "p99_us": max((one.get("p99_us", 0) for one in each), default=0),
            "compiles": sum(one["compiles"] for one in each),
            "sequences": sum(one.get("sequences", 0) for one in each),
            "memory_bytes": sum(one.get("memory_bytes", 0) for one in each),
            "children": len(each),
            "restarts": sum(child.restarts for child in self.children),
        }

    def close(self) -> None:
        self._closed.set()
        for child in self.children:
            child.close()

    def _report_regularly(self) -> None:
        """Passes the figures to the callback while they change, and once per logging interval to the log.

        The end of a request is a change, too: the last figures are those of an engine at rest.
        """
        unlogged: dict[str, Any] | None = None
        logged = time.monotonic()
        while not self._closed.wait(REPORT_SECONDS):
            if self._is_changed or any(child.forgotten for child in self.children):
                self._is_changed = False
                try:
                    unlogged = self.statistics()
                except ServiceDied:
                    return  # The pool was closed meanwhile.
                if self._report is not None:
                    self._report(unlogged)
            if unlogged is not None and 0 < self._options.log_seconds <= time.monotonic() - logged:
                logger.info("Formwork: %s", ", ".join(f"{name} {value}" for name, value in unlogged.items()))
                unlogged, logged = None, time.monotonic()

    def _handle(self) -> int:
        self._next = (self._next + 1) & 0x7FFF_FFFF
        return self._next

    def _quiet_child(self) -> Child:
        quiet = [child for child in self._children if not child.busy]
        return quiet[-1] if quiet else min(self._children, key=lambda child: child.load)

    def _place(self, child: Child, sequence: Sequence, milliseconds: float) -> tuple[Child, Sequence]:
        """Moves a sequence that compiled quickly to the main child."""
        main = self._children[0]
        if child is main or milliseconds > QUICK_MILLISECONDS:
            return child, sequence
        with self._lock:
            handle = self._handle()
        child.compiling = False
        return child, main.compile(handle, sequence.spec)[0]

    def _ensure_spare(self) -> None:
        with self._lock:
            full = len(self._children) >= self._options.children
            if self._starting or self._closed.is_set() or full or any(not child.busy for child in self._children[1:]):
                return
            self._starting = True
        threading.Thread(target=self._add_child, daemon=True).start()

    def _add_child(self) -> None:
        try:
            child = Child(self._start, self._options)
            with self._lock:
                if self._closed.is_set():
                    child.close()
                else:
                    self._children.append(child)
        except (OSError, ServiceDied, ServiceError) as error:
            logger.warning("Formwork: no further child could be started: %s", error)
        finally:
            self._starting = False
