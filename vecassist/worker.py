"""Calls in child processes that can be killed: a wall limit and a memory limit for code that may hang or
grow.

Solvers do not always honour their own limits (a single call was seen to run for a minute past its budget),
so the limit is enforced from outside: a worker that exceeds it is killed with everything it started, and a
fresh one serves the next call. A worker is re-used while it behaves, since starting one costs more than
most proofs.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import queue
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, TypeVar

Result = TypeVar("Result")

_HEADER = struct.Struct("<Q")
_POLL_SECONDS = 0.5


class WorkerFailed(Exception):
    """The call did not end well: `kind` is "timeout", "memory", "killed", "crash" or "exception"."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """seconds: wall time for one call; memory_bytes: address space of the worker process."""

    seconds: float = 60.0
    memory_bytes: int = 4 << 30


class _Child:
    """One worker process and its pipes."""

    def __init__(self, memory_bytes: int, modules: Sequence[str]) -> None:
        self.memory_bytes = memory_bytes
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vecassist.worker", str(memory_bytes), *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            # The order in which sets of names are walked must not differ from run to run.
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )

    def call(self, payload: bytes, seconds: float) -> bytes:
        """The reply to one request. Raises WorkerFailed on a timeout or when the process ends."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(_HEADER.pack(len(payload)) + payload)
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError) as error:
            raise WorkerFailed("crash", "the worker process ended before the call") from error
        deadline = time.monotonic() + seconds
        (size,) = _HEADER.unpack(self._read(_HEADER.size, deadline, seconds))
        return self._read(size, deadline, seconds)

    def _read(self, count: int, deadline: float, seconds: float) -> bytes:
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        data = bytearray()
        while len(data) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise WorkerFailed("timeout", f"no answer within {seconds:g} s")
            ready, _, _ = select.select([descriptor], [], [], min(left, _POLL_SECONDS))
            if not ready:
                continue
            chunk = os.read(descriptor, min(count - len(data), 1 << 20))
            if not chunk:
                how = _how_it_ended(self.process)
                # Whoever kills a worker, such as a system without memory, says nothing about the call.
                kind = "killed" if how == "signal SIGKILL" else "crash"
                raise WorkerFailed(kind, f"the worker process ended ({how})")
            data += chunk
        return bytes(data)

    def kill(self) -> None:
        """End the process and everything it started; returns when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def _how_it_ended(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "pipe closed"
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


class WorkerPool:
    """At most `size` worker processes, shared by threads. `call` blocks; use it as a context manager.

    modules: what every worker imports before its first call.
    """

    def __init__(self, size: int, limits: WorkerLimits | None = None, modules: Sequence[str] = ()) -> None:
        self._limits = limits or WorkerLimits()
        self._modules = tuple(modules)
        self._slots: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(max(1, size)):
            self._slots.put(None)
        self._children: set[_Child] = set()
        self._lock = threading.Lock()
        self._closed = False

    def call(
        self, function: Callable[..., Result], *arguments: object, seconds: float | None = None
    ) -> Result:
        """function(*arguments) in a child process; the function must be importable by name.

        Raises WorkerFailed when the call exceeds a limit, raises, or kills its process.
        """
        payload = pickle.dumps((function.__module__, function.__qualname__, arguments))
        child = self._slots.get()
        healthy = False
        try:
            if child is None:
                child = self._start()
            status, value = pickle.loads(child.call(payload, seconds or self._limits.seconds))
            # What the call left behind would be missing to the next one.
            healthy = status != "memory"
        finally:
            if child is not None and not healthy:
                self._discard(child)
            self._slots.put(child if healthy else None)
        if status == "ok":
            return value
        raise WorkerFailed(status, value)

    @property
    def seconds(self) -> float:
        """Wall time for one call, where the caller names none."""
        return self._limits.seconds

    def warm(self) -> None:
        """Start one worker now, so that it is ready when the first call comes."""
        if (child := self._slots.get()) is None:
            child = self._start()
        self._slots.put(child)

    def _start(self) -> _Child:
        with self._lock:
            if self._closed:
                raise WorkerFailed("crash", "the worker pool is closed")
            child = _Child(self._limits.memory_bytes, self._modules)
            self._children.add(child)
            return child

    def _discard(self, child: _Child) -> None:
        child.kill()
        with self._lock:
            self._children.discard(child)

    def close(self) -> None:
        """Kill every worker; calls under way fail with WorkerFailed."""
        with self._lock:
            self._closed = True
            children = tuple(self._children)
            self._children.clear()
        for child in children:
            child.kill()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _serve(requests: BinaryIO, replies: BinaryIO) -> None:
    while header := requests.read(_HEADER.size):
        (size,) = _HEADER.unpack(header)
        reply = _answer(requests.read(size))
        replies.write(_HEADER.pack(len(reply)) + reply)
        replies.flush()


def _answer(payload: bytes) -> bytes:
    try:
        module, name, arguments = pickle.loads(payload)
        function = importlib.import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
        return pickle.dumps(("ok", function(*arguments)))  # pyright: ignore[reportCallIssue]
    except MemoryError:
        return pickle.dumps(("memory", "out of memory"))
    except RecursionError:
        return pickle.dumps(("exception", "recursion too deep"))
    except Exception as error:  # noqa: BLE001 - the boundary: whatever escapes travels back as text
        return pickle.dumps(("exception", f"{type(error).__name__}: {error}"))


def _main() -> None:
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(20_000)
    replies = os.fdopen(os.dup(1), "wb")
    # Libraries that write to standard output must not corrupt the replies.
    os.dup2(2, 1)
    for module in sys.argv[2:]:
        importlib.import_module(module)
    _serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    _main()
