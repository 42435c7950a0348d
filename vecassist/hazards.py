"""What a C text leaves to the compiler and IR does not show: evaluation order, variable sizes, `#ifdef __clang__`."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from compiler.toolchain import Toolchain
from vecassist.errors import UserError
from vecassist.model import Unit
from vecassist.promises import Token, function_tokens, reached
from vecassist.sequenced import sequenced

WARNINGS = ("unsequenced", "vla", "vla-extension")
"""What clang is to warn of, for `added_hazards`."""
_OWN = re.compile(r"_mm|__builtin_|(if|while|for|switch|return|sizeof|_Alignof|do|else)$")
_SILENT = re.compile(r"\b(?:diagnostic|system_header)\b|^[ \t]*(?:#|%:|\?\?=)[ \t]*\d", re.MULTILINE)
_SPOKEN = {"unsequenced": "side effects without a sequence point", "vla": "a type of variable size"}


def added_hazards(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Unsequenced side effects (C11 6.5p2) and variably modified types (6.7.6.2p5) of the second text that the
    first does not have, by what clang's front end says of both (`WARNINGS`); one line each."""
    added = Counter(after) - Counter(before)
    return tuple(sorted({_SPOKEN[kind.partition("-")[0]] for kind, _ in added}))


def silenced(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Whether the second version keeps clang from warning where the first does not; one line if so.

    before, after: the text as written and as preprocessed.
    """
    counts = [
        sum(len(_SILENT.findall(text.replace("\\\n", ""))) for text in side) for side in (before, after)
    ]
    return ("directives that silence the compiler",) if counts[1] > counts[0] else ()


def added_order(
    user: Toolchain,
    texts: tuple[str, str],
    names: tuple[Path, Path],
    directory: Path,
    args: tuple[str, ...],
    function: str,
    seen: Sequence[Token],
) -> tuple[str, ...]:
    """Expressions of the second version whose side effects have no order that C defines, and that the first does not
    have (C11 6.5p3: operands and arguments are evaluated in any order). Where the text cannot be parsed, any call
    of a function that is not a compiler's own counts.

    seen: the tokens of the second text behind the preprocessor.
    """
    if all(sequenced(seen[start:end]) for start, end in reached(seen, function).values()):
        return ()
    found = [
        _clashing(user, text, name, directory, args, function)
        for text, name in zip(texts, names, strict=True)
    ]
    after = found[1]
    if after is None:
        body = function_tokens(texts[1], function)
        calls = any(
            token.kind == "word"
            and following.text == "("
            and not _OWN.match(token.text)
            and token.text != function
            for token, following in itertools.pairwise(body)
        )
        return ("calls in an order that is not known",) if calls else ()
    added = after - (found[0] or frozenset())
    return tuple(
        f"side effects in no defined order: {' '.join(text.split())[:60]}" for text in sorted(added)[:1]
    )


def _clashing(
    user: Toolchain, text: str, name: Path, directory: Path, args: tuple[str, ...], function: str
) -> frozenset[str] | None:
    from vecassist.scan.calls import callee, calls
    from vecassist.scan.ctype import kind
    from vecassist.scan.parse import parse_text
    from vecassist.splice.sequence import clashing, of_unit

    compiler = user.argv[0] if len(user.argv) == 1 else "wheel"
    try:
        parsed = parse_text(Unit(name, directory, compiler, args), text)
    except UserError:
        return None
    defined = {node.decl.name: node.body for node in parsed.tree.ext if kind(node) == "FuncDef"}
    if function not in defined:
        return None
    found, work = {function}, [function]
    while work:
        for call in calls(defined[work.pop()]):
            name_called = callee(call)
            if name_called in defined and name_called not in found:
                found.add(name_called)
                work.append(name_called)
    return clashing((defined[one] for one in sorted(found)), of_unit(parsed.tree))
