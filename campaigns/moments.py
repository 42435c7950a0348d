"""Runs of `vecassist` that are killed, for real, just before they change something on disk.

    python moments.py WHEN LOG ARGUMENTS...

WHEN: 0 to count only, else the number of the change before which the process sends itself SIGKILL. LOG gets a line for
each change.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys

_CHANGES = frozenset(
    {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "os.link", "os.symlink"}
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def _changes(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        flags = arguments[2]
        return isinstance(flags, int) and bool(flags & _WRITES) and arguments[0] != os.devnull
    return event in _CHANGES or event == "sqlite3.connect"


def main(when: int, log: int) -> None:
    """Run the command line under the hook; does not return."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if not _changes(event, arguments):
            return
        seen += 1
        os.write(log, f"{seen} {event} {arguments[0]}\n".encode())
        if seen == when:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    runpy.run_module("vecassist", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    when, place = int(sys.argv[1]), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    del sys.argv[1:3]
    main(when, place)
