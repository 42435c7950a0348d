"""Two versions of a C text as one problem for the prover: IR, promises, what the command means."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.flags import classify, effective_contraction, has_fma, math_errno, strict_aliasing
from compiler.lower import lower
from compiler.preprocess import preprocess
from compiler.toolchain import Toolchain
from vecassist.hazards import added_hazards
from vecassist.model import Outlined
from vecassist.promises import added_promises, all_promises, function_tokens
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
) -> Problem:
    """Lower both texts and collect what IR does not show.

    after_name: the place of the second text where it is another file. Raises CompilerError where a text
    does not compile or a flag is not on the closed list.
    """
    # First, since it refuses flags whose meaning is not known.
    meaning = semantics(place)
    second = after_name or place.name
    plain = tuple(
        preprocess(place.lowering, name, place.directory, place.args, text=text)
        for text, name in ((before, place.name), (after, second))
    )
    sides = tuple(
        lower(place.lowering, text, name, place.directory, place.args)
        for text, name in ((before, place.name), (after, second))
    )
    unseen = added_hazards(place.lowering, (before, after), (place.name, second), place.directory, place.args)
    if (depends := _dependent(place, after, second, function)) is not None:
        unseen += (depends,)
    return Problem(
        before=Side(sides[0], all_promises(plain[0])),
        after=Side(sides[1], added_promises(plain[0], plain[1], function) + unseen),
        function=function,
        assume=tuple(assume),
        semantics=meaning,
    )


def _dependent(place: Place, text: str, name: Path, function: str) -> str | None:
    """How a function's text depends on which compiler reads it; None where it does not."""
    if place.user == place.lowering:
        return None
    seen = [
        [
            token.text
            for token in function_tokens(
                preprocess(tool, name, place.directory, place.args, text=text), function
            )
        ]
        for tool in (place.user, place.lowering)
    ]
    if len(seen[0]) == len(seen[1]) and all(
        x == y or _value(x) == _value(y) for x, y in zip(*seen, strict=True)
    ):
        return None
    return (
        f"code that depends on the compiler: {place.user.name} and {place.lowering.name} see different texts"
    )


def same_tokens(place: Place, outlined: Outlined) -> str | None:
    """None where the user's compiler and the lowering clang see the same region; else the difference, one
    line.

    The proof is about what clang sees: text that depends on the compiler (`#ifdef __clang__`) is not
    covered by it.
    """
    if place.user == place.lowering:
        return None
    for text in (outlined.before, outlined.after):
        seen = [
            function_tokens(
                preprocess(tool, place.name, place.directory, place.args, text=text), outlined.function
            )
            for tool in (place.user, place.lowering)
        ]
        if len(seen[0]) != len(seen[1]):
            return f"the code differs between {place.user.name} and {place.lowering.name} after preprocessing"
        for mine, theirs in zip(*seen, strict=True):
            if mine.text != theirs.text and _value(mine.text) != _value(theirs.text):
                return (
                    f"the code depends on the compiler: {place.user.name} sees {mine.text!r} where "
                    f"{place.lowering.name} sees {theirs.text!r} (line {mine.line})"
                )
    return None


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
