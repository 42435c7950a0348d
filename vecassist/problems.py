"""Two versions of a C text as one problem for the prover: IR, promises, what the command means."""

from __future__ import annotations

import contextlib
import functools
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from compiler.errors import CompilerError
from compiler.flags import classify, effective_contraction, has_fma, math_errno, strict_aliasing
from compiler.lower import Lowered, lowered
from compiler.preprocess import preprocess
from compiler.toolchain import Toolchain
from vecassist.guards import Condition, guarded
from vecassist.hazards import WARNINGS, added_hazards, added_order, silenced
from vecassist.hints import loop_promises
from vecassist.intrinsics import macros, own, restored
from vecassist.promises import Token, added_promises, all_promises, function_tokens, tokens
from verify.problem import Problem, Semantics, Side


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how a text is compiled: in place of `name`, from `directory`, with the command's `args`.

    lowering: the clang that lowers; user: the compiler of the compile command.
    """

    name: Path
    directory: Path
    args: tuple[str, ...]
    lowering: Toolchain
    user: Toolchain


@functools.lru_cache(maxsize=16)
def semantics(place: Place) -> Semantics:
    """The meaning that the command gives to the text."""
    flags = classify(place.args)
    return Semantics(
        strict_aliasing=strict_aliasing(flags),
        contract=effective_contraction(place.user, flags),
        fma_target=has_fma(flags, place.lowering),
        math_errno=math_errno(flags),
        gcc=place.user.kind == "gcc",
    )


def problem(
    place: Place,
    before: str,
    after: str,
    function: str,
    assume: Sequence[str] = (),
    after_name: Path | None = None,
    conditions: Sequence[Condition] = (),
) -> Problem:
    """Lower both texts and collect what IR does not show.

    after_name: the place of the second text where it is another file. conditions: on the arguments of the function,
    checked (`assumptions.read`). Raises CompilerError where a text does not compile or a flag is not on the closed
    list.
    """
    # First, since it refuses flags whose meaning is not known.
    classify(place.args)
    second = after_name or place.name
    asked = guarded(before, function, conditions)
    user = replace(place, lowering=place.user)
    _at_once(
        (_lowered, place, place.name, asked),
        (_lowered, place, second, after),
        (semantics, place),
        *(
            (_seen, one, name, text)
            for one in (place, user)
            for name, text in ((place.name, before), (second, after))
        ),
    )
    plain = _seen(place, place.name, before), _seen(place, second, after)
    sides = _lowered(place, place.name, asked), _lowered(place, second, after)
    unseen = added_hazards(*(side.warnings for side in sides))
    unseen += silenced((before, _pragmas(plain[0])), (after, _pragmas(plain[1])))
    seen = tokens(_seen(user, second, after))
    unseen += added_order(
        place.user, (before, after), (place.name, second), place.directory, place.args, function, seen
    )
    for text, name in ((before, place.name), (after, second)):
        if (depends := dependent(place, text, name, function)) is not None:
            unseen += (depends,)
    names, loops = loop_promises(plain[1], function)
    promised = tuple(p for p in added_promises(plain[0], plain[1], function) if p not in names)
    return Problem(
        before=Side(sides[0].ir, all_promises(plain[0])),
        after=Side(sides[1].ir, promised + unseen, loops),
        function=function,
        assume=tuple(assume),
        semantics=semantics(place),
        conditions=tuple(one.text for one in conditions),
    )


def _at_once(*jobs: tuple[Any, ...]) -> None:
    """Does remembered work side by side; what fails is done again where its result is asked for, and fails there."""

    def work(job: tuple[Any, ...]) -> None:
        with contextlib.suppress(CompilerError):
            job[0](*job[1:])

    threads = [threading.Thread(target=work, args=(job,)) for job in dict.fromkeys(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _pragmas(seen: str) -> str:
    """The pragmas that the preprocessor left in a text, less those of system headers, which only speak of these."""
    found: list[str] = []
    own = True
    for line in seen.splitlines():
        if line.startswith("# ") and line[2:3].isdigit():
            # GNU line marker: `# LINE "FILE" FLAGS`, where 3 stands for a system header.
            own = "3" not in line.rpartition('"')[2].split()
        elif own and line.startswith("#pragma"):
            found.append(line)
    return "\n".join(found)


# The text before a change is the same for every candidate of a loop.
@functools.lru_cache(maxsize=16)
def _seen(place: Place, name: Path, text: str) -> str:
    return preprocess(place.lowering, name, place.directory, place.args, text=text)


@functools.lru_cache(maxsize=8)
def _lowered(place: Place, name: Path, text: str) -> Lowered:
    return lowered(place.lowering, text, name, place.directory, place.args, warnings=WARNINGS)


def forget() -> None:
    """Lower and preprocess anew: for a process that lives on while headers change."""
    from vecassist.scan.parse import parse_text

    _seen.cache_clear()
    _lowered.cache_clear()
    semantics.cache_clear()
    parse_text.cache_clear()


def dependent(place: Place, text: str, name: Path, function: str) -> str | None:
    """How a function's text depends on which compiler reads it, in one line; None where it does not.

    The proof is about what the lowering clang sees: `#ifdef __clang__` would escape it.
    """
    if place.user == place.lowering:
        return None
    seen = _seen(replace(place, lowering=place.user), name, text), _seen(place, name, text)
    mine, theirs = (_plain(function_tokens(one, function)) for one in seen)
    names = place.user.name, place.lowering.name
    if not _alike(mine, theirs) and not any(own(one, function) for one in seen):
        mine = restored(mine, macros(place.user, name, place.directory, place.args))
        theirs = restored(theirs, macros(place.lowering, name, place.directory, place.args))
    if len(mine) != len(theirs):
        return f"code that depends on the compiler: {names[0]} and {names[1]} see different texts"
    for one, other in zip(mine, theirs, strict=True):
        if one.text != other.text and _value(one.text) != _value(other.text):
            return (
                f"code that depends on the compiler: {names[0]} sees {one.text!r} and {names[1]} sees "
                f"{other.text!r} on line {one.line}"
            )
    return None


def _alike(mine: Sequence[Token], theirs: Sequence[Token]) -> bool:
    return len(mine) == len(theirs) and all(
        one.text == other.text or _value(one.text) == _value(other.text)
        for one, other in zip(mine, theirs, strict=True)
    )


def _plain(seen: tuple[Token, ...]) -> list[Token]:
    """The tokens with gcc's spelling of DBL_MAX and its relatives, ((double)1.0L), as clang spells them."""
    found: list[Token] = []
    position = 0
    while position < len(seen):
        part = seen[position : position + 6]
        if [token.text for token in part[:4]] == ["(", "(", "double", ")"] and len(part) == 6:
            number = part[4].text
            if part[5].text == ")" and number[:1].isdigit() and number.endswith("L") and "." in number:
                found.append(replace(part[4], text=number[:-1]))
                position += 6
                continue
        found.append(seen[position])
        position += 1
    return found


def _value(token: str) -> object:
    """A number token as its type and value, so that 0x7fffffff and 2147483647 agree; other tokens as they
    are."""
    body = token.lower()
    digits = body.rstrip("ul") if not body.startswith("0x") or "p" not in body else body
    suffix = "".join(sorted(body[len(digits) :]))
    try:
        number = (
            int(digits, 8) if len(digits) > 1 and digits[0] == "0" and digits.isdigit() else int(digits, 0)
        )
    except ValueError:
        return _float_value(body)
    # Without a u, hexadecimal and decimal literals of this size have the same type only up to the signed
    # maximum.
    small = number < (1 << 63 if "l" in suffix else 1 << 31) or "u" in suffix
    return ("int", suffix, number) if small else token


def _float_value(body: str) -> object:
    digits = body.rstrip("fl")
    suffix = body[len(digits) :]
    try:
        number = float.fromhex(digits) if digits.startswith("0x") else float(digits)
        return ("float", suffix, struct.pack("<f" if suffix == "f" else "<d", number))
    except (ValueError, OverflowError):
        return body
