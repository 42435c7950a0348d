"""callgrind.out, as its format description defines it: name and position compression, calls, several parts.

Costs are exclusive: what a call costs stands under the callee's own lines.
"""

from __future__ import annotations

import re
from collections import Counter

from vecassist.profile.weights import Malformed, Weights

_NAME = re.compile(r"\((\d+)\)(?: (.*))?$")
_KEY = re.compile(r"([a-z]+)=\s*(.*)$")
_HEADER = re.compile(r"([A-Za-z][A-Za-z ]*): *(.*)$")
_KINDS = {
    "fl": "file", "fi": "file", "fe": "file", "cfi": "file", "cfl": "file",
    "fn": "function", "cfn": "function", "ob": "object", "cob": "object",
}  # fmt: skip
_UNKNOWN = {"", "???"}


def read_callgrind(name: str, text: str) -> Weights:
    """Costs of the first event, by line. Raises Malformed."""
    reader = _Reader(name)
    for number, line in enumerate(text.splitlines(), 1):
        reader.take(number, line.strip())
    return Weights("callgrind", reader.event, dict(reader.lines), reader.total, dict(reader.functions))


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name
        self._names: dict[tuple[str, str], str] = {}
        self._positions = ["line"]
        self._last = [0]
        self._file = ""
        self._function = ""
        self._call = False
        self.event = "instructions"
        self.lines: Counter[tuple[str, int]] = Counter()
        self.functions: Counter[str] = Counter()
        self.total = 0.0

    def take(self, number: int, line: str) -> None:
        if not line or line.startswith("#"):
            return
        if (found := _KEY.match(line)) is not None:
            self._key(number, found[1], found[2])
        elif line[0].isdigit() or line[0] in "+-*":
            self._cost(number, line.split())
        elif (header := _HEADER.match(line)) is not None:
            self._header(number, header[1], header[2].split())
        else:
            raise Malformed(
                self._name, number, f"{line[:40]!r} is no line of a callgrind profile; write it anew"
            )

    def _header(self, number: int, key: str, words: list[str]) -> None:
        if key == "positions":
            if not words or set(words) - {"instr", "line"}:
                raise Malformed(self._name, number, f"positions {' '.join(words)!r} are not understood")
            self._positions = words
            self._last = [0] * len(words)
        elif key == "events":
            if not words:
                raise Malformed(self._name, number, "no event is named; write the profile anew")
            self.event = "instructions" if words[0] == "Ir" else words[0]
        elif key == "part":
            self._last = [0] * len(self._positions)

    def _key(self, number: int, key: str, value: str) -> None:
        if key == "calls":
            self._call = True
            return
        if key in ("jump", "jcnd", "jfi", "jfn"):
            return
        kind = _KINDS.get(key)
        if kind is None:
            return
        compressed = _NAME.match(value)
        if compressed is not None:
            identifier, spelled = compressed[1], compressed[2]
            if spelled:
                self._names[kind, identifier] = spelled
            value = self._names.get((kind, identifier), "")
            if not value:
                raise Malformed(
                    self._name, number, f"({identifier}) names no {kind} so far; the profile is cut"
                )
        if key in ("fl", "fi", "fe"):
            self._file = value
        elif key == "fn":
            self._function = value

    def _cost(self, number: int, words: list[str]) -> None:
        positions = len(self._positions)
        try:
            for place, word in enumerate(words[:positions]):
                self._last[place] = self._position(word, self._last[place])
            costs = [int(word, 0) for word in words[positions:]]
        except ValueError as error:
            raise Malformed(
                self._name, number, f"{' '.join(words)[:40]!r} is no cost line; write it anew"
            ) from error
        if len(words) < positions:
            raise Malformed(self._name, number, "a cost line ends early; the profile is cut")
        if self._call:
            # The cost of a call is that of the callee, which stands there.
            self._call = False
            return
        cost = costs[0] if costs else 0
        self.total += cost
        line = self._last[self._positions.index("line")] if "line" in self._positions else 0
        if line > 0 and self._file not in _UNKNOWN:
            self.lines[self._file, line] += cost
        else:
            self.functions[self._function] += cost

    @staticmethod
    def _position(word: str, last: int) -> int:
        if word == "*":
            return last
        value = int(word.lstrip("+-"), 0)
        return last + value if word[0] == "+" else last - value if word[0] == "-" else value
