"""What a C text leaves to the compiler and IR does not show: evaluation order, variable sizes, `#ifdef __clang__`."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from compiler.flags import classify
from compiler.lower import lowering_flags
from compiler.place import in_place
from compiler.process import run
from compiler.toolchain import Toolchain
from vecassist.errors import UserError
from vecassist.model import Unit
from vecassist.promises import Token, function_tokens, reached
from vecassist.sequenced import sequenced

_WARNED = ("unsequenced", "vla", "vla-extension")
_MESSAGE = re.compile(r"warning: (.*) \[-W(unsequenced|vla|vla-extension)\]")
_OWN = re.compile(r"_mm|__builtin_|(if|while|for|switch|return|sizeof|_Alignof|do|else)$")
_SPOKEN = {"unsequenced": "side effects without a sequence point", "vla": "a type of variable size"}


def added_hazards(
    clang: Toolchain, texts: tuple[str, str], names: tuple[Path, Path], directory: Path, args: tuple[str, ...]
) -> tuple[str, ...]:
    """Unsequenced side effects (C11 6.5p2) and variably modified types (6.7.6.2p5) of the second text that the
    first does not have, as clang's front end reports them; one line each."""
    after = _warnings(clang, texts[1], names[1], directory, args)
    if not after:
        return ()
    added = after - _warnings(clang, texts[0], names[0], directory, args)
    return tuple(sorted({_SPOKEN[kind.partition("-")[0]] for kind, _ in added}))


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


def _warnings(
    clang: Toolchain, text: str, name: Path, directory: Path, args: tuple[str, ...]
) -> Counter[tuple[str, str]]:
    with in_place(clang, text, name, directory) as placed:
        command = [
            *clang.argv,
            *placed.first,
            *lowering_flags(classify(args)),
            "-fsyntax-only",
            "-Wno-everything",
            *(f"-W{kind}" for kind in _WARNED),
            "-x",
            "c",
            placed.path,
        ]
        result = run(command, cwd=directory)
    found = Counter[tuple[str, str]]()
    for match in _MESSAGE.finditer(result.err):
        found[(match.group(2), match.group(1))] += 1
    return found
