"""The prover's rules on straight-line code: every stored value as a term, evaluated, against what a run left."""

from __future__ import annotations

from collections import Counter

from campaigns.evaluate import Evaluator, NotEvaluated, Value, Wrong, decode, same
from verify.flow.arguments import unsigned_parameters
from verify.flow.claims import Restart, parameter_ranges, settle_before
from verify.flow.graph import analyze
from verify.flow.model import Side
from verify.flow.operands import lanes_of
from verify.flow.proof import MEANING
from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import Access, Address
from verify.ir.nodes import Function, Module
from verify.ir.read import read
from verify.ir.types import FloatType, IntType, Type, VectorType
from verify.verdict import NotProved, Unsupported


class _Reader(Evaluator):
    """Loads read the memory of the beginning: here all of them come before all stores."""

    def _unfolded(self, term: Term, point: tuple[int, ...]) -> Value:
        access = term.data
        if term.kind != "load" or not isinstance(access, Access):
            raise NotEvaluated(term.kind)
        return self.memory("in", (int(self.value(access.address.offset, point)),), term.type)


def symbolic_differences(
    text: str, memory: bytes, after: bytes, values: list[int]
) -> tuple[int, list[str], Counter[str]]:
    """How many stored values were compared, where they differ from the memory `after`, and why others were not.

    `values` are the integer arguments behind the two pointers."""
    module = read(text)
    function = module.functions["f"]
    skipped: Counter[str] = Counter()
    exact: set[tuple[str, str]] = set()
    while True:
        summary, stored, why = _stored(module, function, exact)
        try:
            settle_before(summary, parameter_ranges(summary))
            break
        except Restart as restart:
            exact.add(restart.key)
    skipped += why
    parameters: dict[str, int] = {}
    for position, value in enumerate(values, 2):
        name = f"p{position}"
        bits = _width(function.params[position].type)
        parameters[name] = value & ((1 << bits) - 1) if name in summary.unsigned_params else value
    arguments: dict[str, Value] = {}

    def contents(name: str, cell: tuple[int, ...], type_: str) -> Value:
        del name
        return decode(memory[cell[0] : cell[0] + _bytes(type_)], type_)

    evaluator = _Reader(Side(summary), parameters, arguments, contents)
    compared, wrong = 0, list[str]()
    for place, kind, term in stored:
        try:
            found = evaluator.value(term, ())
        except NotEvaluated as error:
            skipped[f"evaluation: {error}"[:60]] += 1
            continue
        except Wrong as error:
            wrong.append(str(error))
            continue
        expected = decode(after[place : place + _bytes(kind)], kind)
        compared += 1
        if not same(found, expected):
            wrong.append(f"{kind} at {place} is {found}, not {expected}: {term.kind} {term.data}")
    return compared, wrong, skipped


def _stored(
    module: Module, function: Function, exact: set[tuple[str, str]]
) -> tuple[Summary, list[tuple[int, str, Term]], Counter[str]]:
    """Byte offset, type and term of every stored scalar or lane."""
    unsigned = unsigned_parameters(function, function)
    graph = analyze(function, module.metadata)
    summary = Summary(module, function, graph, "s", unsigned, MEANING, set(exact))
    found: list[tuple[int, str, Term]] = []
    skipped: Counter[str] = Counter()
    (block,) = function.blocks
    for instr in block.instrs:
        if instr.op != "store":
            continue
        try:
            value = lanes_of(summary, block.name, instr, instr.operands[0])
            address = summary.datum(instr.operands[1], block.name)
        except (Unsupported, NotProved) as error:
            skipped[f"no rule: {error}"[:60]] += 1
            continue
        assert isinstance(address, Address)
        start = address.offset.affine.get_pieces()[0][1].get_constant_val().to_python()
        for lane, term in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(term, Term):
                kind = _name(instr.operands[0].type)
                found.append((start + lane * _bytes(kind), kind, term))
    return summary, found, skipped


def _name(ty: Type) -> str:
    match ty:
        case VectorType(_, elem):
            return _name(elem)
        case FloatType(name):
            return name
        case IntType(bits):
            return f"i{bits}"
        case _:
            raise NotEvaluated(str(ty))


def _width(ty: Type) -> int:
    return ty.bits if isinstance(ty, IntType) else 64


def _bytes(kind: str) -> int:
    return {"float": 4, "double": 8}.get(kind) or (int(kind[1:]) + 7) // 8
