"""Tests on integer sets as closed SMT-LIB 2: one script, one `check-sat` for each test.

A set is a union of conjunctions of affine constraints. isl's integer divisions q = floor(e / d) become constants with
d q <= e < d q + d, which has exactly one solution whatever e is, so that a set may also be negated. What should be
empty is asserted to hold: the answer `unsat` is agreement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import islpy as isl

from verify.flow.decisions import Decision

_PARAM, _SET, _DIV, _CST = isl.dim_type.param, isl.dim_type.set, isl.dim_type.div, isl.dim_type.cst
HEAD = "(set-logic ALL)\n"


@dataclass(frozen=True, slots=True)
class Query:
    """body: what is declared and asserted; expected: "unsat" where isl found the set empty, else "sat"."""

    body: str
    expected: str


@dataclass
class _Script:
    """The constants of one query and what is asserted of all of them."""

    names: dict[str, str] = field(default_factory=dict[str, str])
    divisions: dict[str, str] = field(default_factory=dict[str, str])
    lines: list[str] = field(default_factory=list[str])

    def constant(self, name: str) -> str:
        if name not in self.names:
            plain = name.replace("|", "!").replace("\\", "!")
            self.names[name] = plain if plain.isidentifier() and plain.isascii() else f"|{plain}|"
            self.lines.append(f"(declare-const {self.names[name]} Int)")
        return self.names[name]

    def division(self, value: str, by: int) -> str:
        """floor(value / by) as a constant."""
        key = f"{value}/{by}"
        if key not in self.divisions:
            name = self.divisions[key] = f"q!{len(self.divisions)}"
            self.lines.append(f"(declare-const {name} Int)")
            self.lines.append(f"(assert (<= (* {by} {name}) {value}))")
            self.lines.append(f"(assert (< {value} (+ (* {by} {name}) {by})))")
        return self.divisions[key]


def queries(decisions: Iterable[Decision]) -> tuple[Query, ...]:
    """All tests as queries, each once, in the order in which they were made."""
    found: dict[Query, None] = {}
    for decision in decisions:
        for query in _queries(decision):
            found.setdefault(query)
    return tuple(found)


def script(found: Sequence[Query]) -> str:
    """One script over all queries; the expected answers stand in comments."""
    parts = [f"; {query.expected}\n(push 1)\n{query.body}(check-sat)\n(pop 1)\n" for query in found]
    return HEAD + "".join(parts)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _queries(decision: Decision) -> Iterable[Query]:
    left, right = decision.left, decision.right
    expected = "unsat" if decision.answer else "sat"
    match decision.kind:
        case "is_empty":
            yield _query([(left, True, "")], expected)
        case "is_subset":
            yield _query([(left, True, ""), (right, False, "")], expected)
        case "is_disjoint":
            yield _query([(left, True, ""), (right, True, "")], expected)
        case "is_equal":
            # Where they differ, the one outside of the other is not told by the answer.
            if decision.answer:
                yield _query([(left, True, ""), (right, False, "")], expected)
                yield _query([(right, True, ""), (left, False, "")], expected)
        case "is_single_valued":
            yield _twice(left, expected)
        case other:
            raise KeyError(other)


def _query(parts: Sequence[tuple[isl.Set | isl.Map | None, bool, str]], expected: str) -> Query:
    made = _Script()
    asserted: list[str] = []
    for item, holds, suffix in parts:
        assert item is not None
        text = _formula(made, item, suffix)
        asserted.append(text if holds else f"(not {text})")
    return Query(
        "".join(f"{line}\n" for line in (*made.lines, *(f"(assert {a})" for a in asserted))), expected
    )


def _twice(rel: isl.Set | isl.Map, expected: str) -> Query:
    """Two different images of one point."""
    made = _Script()
    both = [_formula(made, rel, suffix) for suffix in ("", "!2")]
    ins, outs = rel.dim(isl.dim_type.in_), rel.dim(isl.dim_type.out)
    differ = [
        f"(not (= {made.constant(f'd!{ins + n}')} {made.constant(f'd!{ins + n}!2')}))" for n in range(outs)
    ]
    asserted = [*both, f"(or {' '.join(differ)})" if differ else "false"]
    return Query(
        "".join(f"{line}\n" for line in (*made.lines, *(f"(assert {a})" for a in asserted))), expected
    )


def _formula(made: _Script, item: isl.Set | isl.Map, suffix: str) -> str:
    """The set as a formula over its parameters and dimensions; suffix: of the output dimensions' names."""
    ins = item.dim(isl.dim_type.in_) if isinstance(item, isl.Map) else 0
    flat = item.wrap() if isinstance(item, isl.Map) else item
    flat = flat.compute_divs()
    params = [made.constant(flat.get_dim_name(_PARAM, n) or f"p!{n}") for n in range(flat.dim(_PARAM))]
    dims = [made.constant(f"d!{n}{suffix if n >= ins else ''}") for n in range(flat.dim(_SET))]
    cases = [_conjunction(made, basic, [*params, *dims]) for basic in flat.get_basic_sets()]
    return _joined("or", cases, "false")


def _conjunction(made: _Script, basic: isl.BasicSet, columns: list[str]) -> str:
    names = list(columns)
    for n in range(basic.dim(_DIV)):
        aff = basic.get_div(n)
        by = aff.get_denominator_val()
        # isl gives coefficients of the quotient; the division's operand is that times the divisor.
        operand = [
            (name, _number(aff.get_coefficient_val(kind, at).mul(by)))
            for kind, offset in ((_PARAM, 0), (isl.dim_type.in_, basic.dim(_PARAM)), (_DIV, len(columns)))
            for at, name in enumerate(
                names[offset : offset + (n if kind == _DIV else basic.dim(_kind(kind)))]
            )
        ]
        names.append(made.division(_sum(operand, _number(aff.get_constant_val().mul(by))), _number(by)))
    rows: list[str] = []
    for sign, matrix in (
        ("=", basic.equalities_matrix(_PARAM, _SET, _DIV, _CST)),
        (">=", basic.inequalities_matrix(_PARAM, _SET, _DIV, _CST)),
    ):
        for row in range(matrix.rows()):
            values = [_number(matrix.get_element_val(row, column)) for column in range(len(names) + 1)]
            rows.append(f"({sign} {_sum(list(zip(names, values[:-1], strict=True)), values[-1])} 0)")
    return _joined("and", rows, "true")


def _kind(kind: isl.dim_type) -> isl.dim_type:
    return _SET if kind == isl.dim_type.in_ else kind


def _joined(operator: str, parts: Sequence[str], empty: str) -> str:
    if len(parts) < 2:
        return parts[0] if parts else empty
    return f"({operator} {' '.join(parts)})"


def _number(value: isl.Val) -> int:
    if not value.is_int():
        raise ValueError(f"{value} is no integer")
    return int(value.to_python())


def _sum(parts: Sequence[tuple[str, int]], constant: int) -> str:
    terms = [name if factor == 1 else f"(* {_literal(factor)} {name})" for name, factor in parts if factor]
    if constant or not terms:
        terms.append(_literal(constant))
    return terms[0] if len(terms) == 1 else f"(+ {' '.join(terms)})"


def _literal(value: int) -> str:
    return str(value) if value >= 0 else f"(- {-value})"
