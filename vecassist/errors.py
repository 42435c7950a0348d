"""User errors: one clear line and exit code 2. Everything else that escapes is a bug in this program."""

from __future__ import annotations


class UserError(Exception):
    """Bad input. The message is one line: file, line where known, what is wrong, what to do."""
