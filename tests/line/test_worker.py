"""Calls in child processes: results, failures and limits."""

from __future__ import annotations

import os
import time

import pytest

from vecassist.worker import WorkerFailed, WorkerLimits, WorkerPool


def test_results_and_reuse() -> None:
    with WorkerPool(1) as pool:
        first = pool.call(divmod, 17, 5)
        pids = {pool.call(__import__("os").getpid) for _ in range(3)}
    assert first == (3, 2)
    assert len(pids) == 1


def test_a_call_that_hangs_is_killed_and_the_next_one_works() -> None:
    with WorkerPool(1) as pool:
        start = time.monotonic()
        with pytest.raises(WorkerFailed) as failure:
            pool.call(time.sleep, 60, seconds=0.5)
        assert failure.value.kind == "timeout"
        assert time.monotonic() - start < 20
        assert pool.call(abs, -1) == 1


def test_memory_is_limited() -> None:
    with WorkerPool(1, WorkerLimits(memory_bytes=1 << 30)) as pool:
        with pytest.raises(WorkerFailed) as failure:
            pool.call(bytearray, 4 << 30)
        assert failure.value.kind == "memory"
        assert pool.call(abs, -1) == 1


def test_a_process_that_dies() -> None:
    import os

    with WorkerPool(1) as pool:
        with pytest.raises(WorkerFailed) as failure:
            pool.call(os.abort)
        assert failure.value.kind == "crash"
        assert "SIGABRT" in str(failure.value)


def test_an_exception_comes_back_as_text() -> None:
    with WorkerPool(1) as pool, pytest.raises(WorkerFailed, match="ValueError") as failure:
        pool.call(int, "x")
    assert failure.value.kind == "exception"


def test_what_a_call_prints_does_not_corrupt_the_reply() -> None:
    with WorkerPool(1) as pool:
        assert pool.call(print, "noise") is None


def test_a_closed_pool_refuses() -> None:
    pool = WorkerPool(1)
    pool.close()
    with pytest.raises(WorkerFailed):
        pool.call(abs, 1)


def test_a_worker_that_ran_out_of_memory_is_replaced() -> None:
    with WorkerPool(1, WorkerLimits(memory_bytes=1 << 30)) as pool:
        first = pool.call(os.getpid)
        with pytest.raises(WorkerFailed):
            pool.call(bytearray, 4 << 30)
        assert pool.call(os.getpid) != first
