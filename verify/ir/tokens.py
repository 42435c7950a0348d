"""Tokens of one line of printed LLVM IR and a cursor over them."""

from __future__ import annotations

import re

from verify.verdict import Unsupported

TOKEN = re.compile(
    r"""[ \t]*(?:
      (?P<token>
        [%@$]"[^"]*" | [%@$][-\w.$]+           # names
      | !"[^"]*" | ![-\w.$\\]+ | !             # metadata strings, ids and kinds
      | \#\d+                                  # attribute groups
      | c"[^"]*" | "[^"]*"                     # strings
      | [su]?0x[0-9A-Za-z]+                    # hexadecimal
      | [-+]?\d[\w.]*(?:(?<=[eE])[-+]\d+)?     # decimal
      | [-+]?(?:inf|nan)\b
      | [A-Za-z_][\w.]*                        # keywords, types
      | \.\.\.
      | [][{}()<>,=*:|]
      )
      | (?P<comment>;.*)
      | (?P<end>$)
    )""",
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{2}|\\)")


def words(text: str) -> frozenset[str]:
    """The set of the words in `text`."""
    return frozenset(text.split())


def unescape(text: str) -> str:
    """The inside of an LLVM string or quoted name with its `\\xx` escapes resolved (bytes as Latin-1)."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda m: "\\" if m[1] == "\\" else chr(int(m[1], 16)), text)


def name_of(token: str) -> str:
    """The name that `%name`, `@name` or `%"quoted name"` stands for."""
    body = token[1:]
    return unescape(body[1:-1]) if body.startswith('"') else body


class Cursor:
    """A position in the tokens of one line. Every mismatch raises Unsupported naming the line."""

    __slots__ = ("ends", "pos", "starts", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.pos = 0
        at, size = 0, len(text)
        while at < size:
            match = TOKEN.match(text, at)
            if match is None:
                raise Unsupported(f"IR syntax: {text.strip()[:120]}")
            token = match["token"]
            if token is None:
                break
            self.tokens.append(token)
            self.ends.append(match.end())
            self.starts.append(match.end() - len(token))
            at = match.end()
        self.tokens.append("")
        self.starts.append(size)
        self.ends.append(size)

    @property
    def peek(self) -> str:
        """The next token, "" at the end of the line."""
        return self.tokens[self.pos]

    def look(self, ahead: int) -> str:
        """The token `ahead` places after the next one, "" past the end."""
        index = self.pos + ahead
        return self.tokens[index] if index < len(self.tokens) else ""

    def next(self) -> str:
        """Take the next token; "" at the end is never passed."""
        token = self.tokens[self.pos]
        if not token:
            raise self.bad()
        self.pos += 1
        return token

    def accept(self, token: str) -> bool:
        """Take the next token if it is this one."""
        if self.tokens[self.pos] == token:
            self.pos += 1
            return True
        return False

    def expect(self, token: str) -> None:
        """Take the next token, which must be this one."""
        if not self.accept(token):
            raise self.bad()

    def number(self) -> int:
        """Take a decimal integer."""
        token = self.next()
        try:
            return int(token)
        except ValueError:
            raise self.bad() from None

    def between(self, first: int, last: int) -> str:
        """The text from token index `first` to just before token index `last`."""
        return self.text[self.starts[first] : self.ends[last - 1]]

    def skip_balanced(self) -> None:
        """Take one bracketed group, the opening bracket being next."""
        depth = 0
        while True:
            token = self.next()
            if token in "([{<":
                depth += 1
            elif token in ")]}>":
                depth -= 1
                if depth == 0:
                    return

    def bad(self) -> Unsupported:
        """What to raise when the line is not understood."""
        return Unsupported(f"IR syntax: {self.text.strip()[:160]}")
