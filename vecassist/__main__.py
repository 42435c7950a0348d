"""`python -m vecassist` and the `vecassist` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its code."""
    from vecassist.cli.main import run

    run()


if __name__ == "__main__":
    main()
