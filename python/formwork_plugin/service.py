"""A child process that holds matchers, and the frames exchanged with it.

src/plugin/frames.ts describes the layout of a frame. Masks are returned in shared memory: an unnamed file, so that
nothing is left behind, however the processes end.
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
# Elapsed time after which a child is terminated, as a multiple of the limit of its CPU time.
_MAX_SLOWDOWN = 4


class ServiceError(Exception):
    """A rejection by the service. `body` has the members of Formwork's HTTP errors."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        place = f" (at {body['pointer'] or 'the root'})" if "pointer" in body else ""
        keyword = f" [{body['keyword']}]" if body.get("keyword") else ""
        super().__init__(f"{body.get('error', 'Unknown error')}{place}{keyword}")


class ServiceDied(Exception):
    """The child exited, or was terminated because it took too long."""

    def __init__(self, message: str, timed_out: bool = False, killed: bool = False) -> None:
        """`killed`: a signal ended the child, which may have an external cause."""
        super().__init__(message)
        self.timed_out = timed_out
        self.killed = killed


@dataclass(frozen=True)
class Start:
    """Everything that a new child needs."""

    command: tuple[str, ...]
    tokenizer: str
    """Content of `tokenizer.json`."""
    size: int
    """Size of the model's output layer."""
    eos: int
    rows: int
    """Number of masks in the largest batch."""
    settings: dict[str, Any]

    @property
    def row_bytes(self) -> int:
        return (self.size + 31) // 32 * 4


class Service:
    """A child process. Not thread-safe: `child.Child` holds a lock during each call."""

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
                start_new_session=True,  # Ctrl-C is for the engine; the child exits when its input closes.
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
            raise ServiceDied(reason, error.timed_out, error.killed) from error
        except BaseException:
            self.close()
            raise
        finally:
            os.close(file)

    @property
    def pid(self) -> int:
        return self._process.pid

    def masks(self, count: int) -> bytes:
        """A copy of the first `count` bytes of the masks."""
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
        """Waits for an answer. `seconds`: limit of the child's CPU time."""
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
                raise ServiceDied(f"the constraint engine took more than {limit.seconds:g} s and was terminated", True)
        part = os.read(self._output, _READ_BYTES)
        if not part:
            raise self._died()
        return part

    def _died(self) -> ServiceDied:
        self._process.kill()
        status = self._process.wait()
        return ServiceDied(f"the constraint engine exited ({status})", killed=status < 0)


def _advice(command: tuple[str, ...], status: int, timed_out: bool) -> str:
    """Advice for a child that did not start. Its own error output is in the engine's log."""
    node = command[0]
    if timed_out:
        return "Increase FORMWORK_PLUGIN_COMPILE_SECONDS, or use a less busy machine."
    if status in (-signal.SIGKILL, -signal.SIGABRT):
        return (
            "The usual cause is too little memory: each child needs about 130 MB. Give the engine's container more, "
            "or reduce FORMWORK_PLUGIN_CHILDREN."
        )
    version = _version_of(node)
    if version is not None and version < LEAST_NODE:
        found, least = (".".join(map(str, numbers)) for numbers in (version, LEAST_NODE))
        return f"{node} is Node.js {found}; {least} or later is needed. Install it, or set FORMWORK_PLUGIN_NODE to it."
    return f"Its error output is in the log above; to reproduce it, run `{' '.join(command)} < /dev/null`."


def _version_of(node: str) -> tuple[int, int] | None:
    try:
        found = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    numbers = re.match(r"v(\d+)\.(\d+)", found)
    return (int(numbers[1]), int(numbers[2])) if numbers is not None else None


class _Limit:
    """A limit on a child's CPU time, so that the result does not depend on other load. A child that gets no CPU time is
    limited by elapsed time. Both count from the first check.
    """

    def __init__(self, pid: int, seconds: float) -> None:
        self._pid = pid
        self.seconds = seconds
        self._began: tuple[float, float] | None = None

    def is_over(self) -> bool:
        processor, clock = _processor_seconds(self._pid), time.monotonic()
        if self._began is None:
            self._began = processor, clock
        used, passed = processor - self._began[0], clock - self._began[1]
        return used >= self.seconds or passed >= self.seconds * _MAX_SLOWDOWN


def _processor_seconds(pid: int) -> float:
    """CPU time of a process so far; elapsed time where the system does not report CPU time."""
    try:
        # The CPU clock ID of a process, computed as by clock_getcpuclockid(3) on Linux.
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
