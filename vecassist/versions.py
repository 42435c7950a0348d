"""The version of this program."""

from __future__ import annotations


def own_version() -> str:
    """The version as installed; "unknown (not installed)" where the sources are run from a folder."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("vecassist")
    except PackageNotFoundError:
        return "unknown (not installed)"
