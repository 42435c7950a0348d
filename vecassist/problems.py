"""Two versions of a C text as one problem for the prover: IR, promises, what the command means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.flags import classify, effective_contraction, has_fma, math_errno, strict_aliasing
from compiler.lower import lower
from compiler.preprocess import preprocess
from compiler.toolchain import Toolchain
from vecassist.promises import added_promises, all_promises
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
    second = after_name or place.name
    plain = tuple(
        preprocess(place.lowering, name, place.directory, place.args, text=text)
        for text, name in ((before, place.name), (after, second))
    )
    sides = tuple(
        lower(place.lowering, text, name, place.directory, place.args)
        for text, name in ((before, place.name), (after, second))
    )
    return Problem(
        before=Side(sides[0], all_promises(plain[0])),
        after=Side(sides[1], added_promises(plain[0], plain[1], function)),
        function=function,
        assume=tuple(assume),
        semantics=semantics(place),
    )
