"""The C text that tells the harness about one request."""

from __future__ import annotations

import math
from collections.abc import Sequence

from compiler.workload import NOTHING, POINTER, Request, Workload

_C_TYPES = {
    "b": "signed char", "B": "unsigned char", "h": "short", "H": "unsigned short", "i": "int", "I": "unsigned",
    "q": "long long", "Q": "unsigned long long", "f": "float", "d": "double", "?": "_Bool", POINTER: "void *",
    NOTHING: "void",
}  # fmt: skip


def addresses(request: Request) -> bytes:
    """Text after the unit's own: addresses for the harness, which also keep static functions alive."""
    name = request.function
    cases = "".join(
        f"    case {number}: return (void *)&{one.name};\n" for number, one in enumerate(request.globals)
    )
    return f"""
#line 1 "vecassist-table"
void (*const vecassist_functions[2])(void) = {{(void (*)(void)){name}_before, (void (*)(void)){name}_after}};
void *vecassist_global(int number) {{
    switch (number) {{
{cases}    }}
    return 0;
}}
""".encode()


def tables(request: Request, exact: bool) -> str:
    """C text of the tables and calls that harness.h declares."""
    pointers = [parameter for parameter in request.parameters if parameter.code == POINTER]
    names = [one.name for one in (*pointers, *request.globals)]
    buffers = [f'{{"{one.name}", "{one.layout}", 0, 0, {max(one.align, 1)}, 0}}' for one in pointers]
    buffers += [
        f'{{"{one.name}", "{one.layout}", {number}, {one.size}, 1, {int(one.constant)}}}'
        for number, one in enumerate(request.globals, 1)
    ]
    slots = [
        f"{{'{one.code}', {names.index(one.name) if one.code == POINTER else -1}}}"
        for one in request.parameters
    ]
    loads = request.workloads
    sizes = (len(names), len(slots), len(loads), headline_of(loads), math.ceil(1 + 2 * request.seconds))
    returns = "Q" if request.returns == POINTER else request.returns
    return "\n".join(
        [
            "#include <math.h>",
            '#include "harness.h"',
            _rows("buffer", buffers),
            _rows("parameter", slots),
            _rows("range", [_pair(one.ranges.get(name, (0, 0))) for one in loads for name in names]),
            _rows("limits", [_limits(one, name) for one in loads for name in names]),
            _rows("scalar", [_scalar(one, p.name) for one in loads for p in request.parameters]),
            f"const struct table vecassist_table = {{{', '.join(map(str, sizes))}, '{returns}', {int(exact)},",
            "    all_buffer, all_parameter, all_range, all_limits, all_scalar};",
            *_objects(request),
            *_calls(request),
        ]
    )


def _rows(kind: str, rows: Sequence[str]) -> str:
    return f"static const struct {kind} all_{kind}[] = {{{', '.join([*rows, '{0}'])}}};"


def _pair(pair: tuple[int, int]) -> str:
    return f"{{{pair[0]}L, {pair[1]}L}}"


def _integer(value: int) -> str:
    value = (value + 2**63) % 2**64 - 2**63
    return f"({value + 1}LL - 1)" if value == -(2**63) else f"{value}LL"


def _limits(workload: Workload, name: str) -> str:
    if name not in workload.values:
        return "{0}"
    low, high = workload.values[name]
    return f"{{1, {_integer(low)}, {_integer(high)}}}"


def _scalar(workload: Workload, name: str) -> str:
    if name not in workload.scalars:
        return "{0}"
    value = workload.scalars[name]
    if math.isnan(value) or math.isinf(value):
        return f"{{1, 0, {'NAN' if math.isnan(value) else 'INFINITY' if value > 0 else '-INFINITY'}}}"
    return f"{{1, {_integer(int(value))}, {float(value)!r}}}"


def _objects(request: Request) -> list[str]:
    """Weak, so that the unit's own definition wins; under another name, so that none of ours is hit."""
    return [
        f'char vecassist_object_{number}[{max(one.size, 1)}] __asm__("{one.name}")'
        " __attribute__((weak, aligned(64)));"
        for number, one in enumerate(request.globals)
        if not one.thread_local
    ]


def _calls(request: Request) -> list[str]:
    """Each version has a call instruction of its own, which the processor then predicts equally well."""
    types = ", ".join(_C_TYPES[one.code] for one in request.parameters) or "void"
    fields = ", ".join(f"in[{n}].{_field(one.code)}" for n, one in enumerate(request.parameters))
    keep = "" if request.returns == NOTHING else f"out->{_field(request.returns)} = "
    function = f"(({_C_TYPES[request.returns]} (*)({types}))vecassist_functions"
    return [
        "extern void (*const vecassist_functions[2])(void);",
        *(
            f"void vecassist_call_{n}(const union value *in, union value *out) {{ {keep}{function}[{n}])({fields}); }}"
            for n in (0, 1)
        ),
    ]


def _field(code: str) -> str:
    return "t" if code == "?" else code


def headline_of(workloads: Sequence[Workload]) -> int:
    marked = [number for number, one in enumerate(workloads) if one.headline]
    return marked[0] if marked else max(range(len(workloads)), key=lambda number: workloads[number].size)
