"""One child that holds matchers, and the frames that go to it and back.

The layout of a frame is described in src/plugin/frames.ts. Masks come back in memory that both sides have open: a file
without a name, so that nothing is left behind however the processes end.
"""

from __future__ import annotations

import json
import mmap
import os
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence as Listing
from dataclasses import dataclass
from typing import Any

LEAST_NODE = (20, 19)

INIT, COMPILE, STEP, VALIDATE, FORGET, STATISTICS = 1, 2, 3, 4, 5, 6
_ANSWER = 0
_HEADER = struct.Struct("<II")
_READ_BYTES = 1 << 16
_WAIT_MILLISECONDS = 50
# A machine may be so much slower than its processor time says before a child counts as stuck.
_MAX_SLOWDOWN = 4


class ServiceError(Exception):
    """A rejection by the service, with the body of Formwork's errors."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        place = f" (at {body['pointer'] or 'the root'})" if "pointer" in body else ""
        keyword = f" [{body['keyword']}]" if body.get("keyword") else ""
        super().__init__(f"{body.get('error', 'Unknown error')}{place}{keyword}")


class ServiceDied(Exception):
    """The child has ended, or was ended because it took too long."""

    def __init__(self, message: str, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


@dataclass(frozen=True)
class Start:
    """What a child is started with."""

    command: tuple[str, ...]
    tokenizer: str
    """The content of `tokenizer.json`."""
    size: int
    """Rows of the model's output layer."""
    eos: int
    rows: int
    """Masks of the largest batch."""
    settings: dict[str, Any]

    @property
    def row_bytes(self) -> int:
        return (self.size + 31) // 32 * 4


class Service:
    """A child process. Not safe for several threads: `pool.Child` holds a lock around each call."""

    def __init__(self, start: Start, seconds: float) -> None:
        length = max(start.rows * start.row_bytes, mmap.PAGESIZE)
        file = _nameless_file(length)
        self._masks = mmap.mmap(file, length)
        try:
            self._process = subprocess.Popen(
                start.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(file,),
                bufsize=0,
                start_new_session=True,  # A Ctrl-C is the engine's; this child ends when its input does.
            )
        except OSError as error:
            os.close(file)
            raise ServiceDied(f"the constraint engine could not be started: {error}") from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input = self._process.stdin.fileno()
        self._output = self._process.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._output, select.POLLIN)
        body = {
            "tokenizer": start.tokenizer,
            "size": start.size,
            "eos": start.eos,
            "masks": file,
            "rows": start.rows,
            **start.settings,
        }
        try:
            self.json(INIT, body, seconds)
        except ServiceDied as error:
            self.close()
            reason = f"{error} before it was ready. {_advice(start.command, self._process.returncode, error.timed_out)}"
            raise ServiceDied(reason, error.timed_out) from error
        except BaseException:
            self.close()
            raise
        finally:
            os.close(file)

    @property
    def pid(self) -> int:
        return self._process.pid

    def masks(self, count: int) -> bytes:
        """A copy of the first `count` bytes of masks."""
        return self._masks[:count]

    def json(self, kind: int, body: object, seconds: float) -> Any:
        self.send(kind, json.dumps(body).encode())
        return json.loads(self.receive(seconds))

    def send(self, kind: int, payload: bytes) -> None:
        frame = memoryview(_HEADER.pack(len(payload), kind) + payload)
        try:
            while frame:
                frame = frame[os.write(self._input, frame) :]
        except OSError as error:
            raise self._died() from error

    def receive(self, seconds: float) -> bytes:
        """Waits for an answer that may cost the child so much processor time."""
        limit = _Limit(self._process.pid, seconds)
        frame = self._read(limit)
        while len(frame) < _HEADER.size:
            frame += self._read(limit)
        length, kind = _HEADER.unpack_from(frame)
        while len(frame) < _HEADER.size + length:
            frame += self._read(limit)
        payload = frame[_HEADER.size :]
        if kind == _ANSWER:
            return payload
        raise ServiceError(json.loads(payload))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._input = self._output = -1
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self, limit: _Limit) -> bytes:
        while not self._poll.poll(_WAIT_MILLISECONDS):
            if limit.is_over():
                self._process.kill()
                raise ServiceDied("the constraint engine took too long and was ended", timed_out=True)
        part = os.read(self._output, _READ_BYTES)
        if not part:
            raise self._died()
        return part

    def _died(self) -> ServiceDied:
        self._process.kill()
        return ServiceDied(f"the constraint engine has ended ({self._process.wait()})")


def _advice(command: tuple[str, ...], status: int, timed_out: bool) -> str:
    """What to do about a child that did not start. What it said itself is in the engine's log."""
    node = command[0]
    if timed_out:
        return "Give it more time (FORMWORK_PLUGIN_COMPILE_SECONDS), or a less busy machine."
    if status in (-signal.SIGKILL, -signal.SIGABRT):
        return (
            "Most often memory has run out: each child takes about 130 MB. Give the engine's container more, "
            "or have fewer children (FORMWORK_PLUGIN_CHILDREN)."
        )
    version = _version_of(node)
    if version is not None and version < LEAST_NODE:
        found, least = (".".join(map(str, numbers)) for numbers in (version, LEAST_NODE))
        return f"{node} is Node.js {found}; {least} or later is needed. Install it, or set FORMWORK_PLUGIN_NODE to it."
    return f"Its last words are in the log above; `{' '.join(command)} < /dev/null` repeats them."


def _version_of(node: str) -> tuple[int, int] | None:
    try:
        found = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    numbers = re.match(r"v(\d+)\.(\d+)", found)
    return (int(numbers[1]), int(numbers[2])) if numbers is not None else None


class _Limit:
    """Seconds of a child's processor time: what a schema costs is the same on a machine that others load. A child that
    gets no time at all, or says nothing of it, is given up by the clock. Counts from the first look on.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid = pid
        self._seconds = seconds
        self._began: tuple[float, float] | None = None

    def is_over(self) -> bool:
        processor, clock = _processor_seconds(self._pid), time.monotonic()
        if self._began is None:
            self._began = processor, clock
        used, passed = processor - self._began[0], clock - self._began[1]
        return used >= self._seconds or passed >= self._seconds * _MAX_SLOWDOWN


def _processor_seconds(pid: int) -> float:
    """That a process has used so far; where the system does not tell, the clock."""
    try:
        # The number of a process's clock, as clock_getcpuclockid(3) makes it on Linux.
        return time.clock_gettime(~pid << 3 | 2) if sys.platform == "linux" else time.monotonic()
    except OSError:
        return time.monotonic()


def pack_words(words: Listing[int]) -> bytes:
    return struct.pack(f"<{len(words)}I", *words)


def _nameless_file(length: int) -> int:
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("formwork-masks", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as temporary:
            file = os.dup(temporary.fileno())
    os.ftruncate(file, length)
    return file
