"""The structured fields of an answer: what a replacement asks for, which only the tool writes."""

from __future__ import annotations

import re

from vecassist.model import NOTHING_NEEDED, Needs, Vector
from vecassist.needs import ELEMENTS, NAME
from vecassist.propose.llm.ctext import BadText

_INCLUDE = re.compile(r"(?:#?\s*include\s+)?[<\"]?(?:immintrin|x86intrin)(?:\.h)?[>\"]?")
_VECTOR = re.compile(r"vector\s+(\w+)\s+((?:\w+\s+)+)(\d{1,2})")
_SIZES = (16, 32, 64)
_OTHER_NAMES = {
    "int8_t": "signed char",
    "uint8_t": "unsigned char",
    "int16_t": "short",
    "uint16_t": "unsigned short",
    "int32_t": "int",
    "uint32_t": "unsigned int",
    "int64_t": "long long",
    "uint64_t": "unsigned long long",
    "unsigned": "unsigned int",
}
_MOST_VECTORS = 8


def read_needs(lines: str, helper: str) -> Needs:
    """The fields as a value. lines: `immintrin`, and `vector NAME ELEMENT LANES`, one a line; helper: the text of one
    `static` function. Raises BadText."""
    include = False
    vectors: dict[str, Vector] = {}
    for line in lines.splitlines():
        said = line.strip().removeprefix("- ").strip("`; ")
        if not said or said.lower() == "none":
            continue
        found = _VECTOR.fullmatch(said)
        if _INCLUDE.fullmatch(said):
            include = True
        elif found is not None:
            one = _vector(found[1], " ".join(found[2].split()), int(found[3]))
            if vectors.setdefault(one.name, one) != one:
                raise BadText(f"the vector type {one.name} is asked for twice")
        else:
            raise BadText(
                f"`{said[:60]}` cannot be asked for; write `immintrin` or `vector NAME ELEMENT LANES`"
            )
    if len(vectors) > _MOST_VECTORS:
        raise BadText(f"{len(vectors)} vector types are asked for (at most {_MOST_VECTORS})")
    if not (include or vectors or helper.strip()):
        return NOTHING_NEEDED
    return Needs(include, tuple(vectors.values()), helper.strip("\n").rstrip())


def _vector(name: str, element: str, lanes: int) -> Vector:
    plain = _OTHER_NAMES.get(element, element)
    if plain not in ELEMENTS:
        raise BadText(f"no vector of {element}; elements are {', '.join(ELEMENTS)}")
    if not NAME.fullmatch(name):
        raise BadText(f"{name} is no name for a vector type")
    size = lanes * ELEMENTS[plain]
    if size not in _SIZES:
        raise BadText(f"a vector of {lanes} {plain} has {size} bytes; it must have 16, 32 or 64")
    return Vector(name, plain, size)


def asking_text(needs: Needs) -> str:
    """The fields as they stand in an answer, "" where nothing is asked for; the inverse of `read_needs`."""
    lines = ["immintrin"] if needs.intrinsics else []
    lines += [f"vector {v.name} {v.element} {v.size // ELEMENTS[v.element]}" for v in needs.vectors]
    text = "```needs\n" + "\n".join(lines) + "\n```\n" if lines else ""
    return text + (f"```helper\n{needs.helper}\n```\n" if needs.helper else "")
