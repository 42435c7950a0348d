"""`python -m vecassist` and the `vecassist` command, also where it stands in PATH under a compiler's name."""

from __future__ import annotations

import sys

_OWN = ("vecassist", "__main__.py", "-m", "-c")


def main() -> None:
    """Run the command line and exit with its code."""
    name = sys.argv[0].rpartition("/")[2]
    masquerade = name not in _OWN
    # A build calls this at each of its commands: the command line is not loaded for that.
    if masquerade or (len(sys.argv) > 2 and sys.argv[1] == "cc" and sys.argv[2] not in ("-h", "--help")):
        from vecassist.cc import entry

        words = [name, *sys.argv[1:]] if masquerade else sys.argv[2:]
        sys.exit(entry.main(words, own=sys.argv[0] if masquerade else ""))
    from vecassist.cli.main import run

    run()


if __name__ == "__main__":
    main()
