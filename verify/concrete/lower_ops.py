"""Instructions other than memory accesses and calls."""

from __future__ import annotations

from verify.concrete import scalar, vectors
from verify.concrete.emit import Emitter
from verify.ir.nodes import Instr, Value
from verify.ir.types import FloatType, IntType, Type, VectorType
from verify.verdict import Unsupported


def apply(e: Emitter, ins: Instr, template: str, operands: tuple[Value, ...], vector: bool) -> None:
    """The result of a template over operands, lane by lane for vectors."""
    texts = [e.value(v) for v in operands]
    if vector:
        function = e.names.pool(vectors.lanewise(template, len(operands)))
        e.assign(ins, f"{function}({', '.join(texts)})")
        return
    named = dict(zip("abc", texts, strict=False))
    if template.startswith("f32("):
        e.line(f"R[0] = {template[4:-1].format(**named)}")
        e.assign(ins, "R[0]")
    else:
        moved = template == "{a}" and e.may_be_poison(operands[0])
        e.assign(ins, template.format(**named), poison=moved)


def binary(e: Emitter, ins: Instr) -> None:
    apply(e, ins, scalar.binary(ins), ins.operands, isinstance(ins.type, VectorType))


def compare(e: Emitter, ins: Instr) -> None:
    ty = value_type(ins.operands[0])
    apply(e, ins, scalar.compare(ins, ty), ins.operands, isinstance(ty, VectorType))


def cast(e: Emitter, ins: Instr) -> None:
    assert ins.source_type is not None
    source, target = ins.source_type, ins.type
    vector = isinstance(source, VectorType) or isinstance(target, VectorType)
    if ins.op == "bitcast" and source != target and vector:
        function = e.names.pool(vectors.reinterpret(_side(source, ins), _side(target, ins)))
        e.assign(ins, f"{function}({e.value(ins.operands[0])})", poison=True)
        return
    apply(e, ins, scalar.cast(ins), ins.operands, isinstance(target, VectorType))


def _side(ty: Type, ins: Instr) -> tuple[str, int, int]:
    lanes, lane = (ty.count, ty.elem) if isinstance(ty, VectorType) else (0, ty)
    match lane:
        case IntType(bits):
            return "n", lanes, bits
        case FloatType("float"):
            return "f", lanes, 32
        case FloatType("double"):
            return "d", lanes, 64
        case _:
            raise Unsupported(f"bitcast of {ty}", ins.loc)


def value_type(value: Value) -> Type:
    return value.type


def select(e: Emitter, ins: Instr) -> None:
    if ins.flags:
        raise Unsupported("select with flags", ins.loc)
    c, a, b = (e.value(v) for v in ins.operands)
    if isinstance(value_type(ins.operands[0]), VectorType):
        e.assign(ins, f"{e.names.pool(vectors.choose)}({c}, {a}, {b})")
    else:
        e.assign(ins, f"{a} if {c} else {b}", poison=True)


def freeze(e: Emitter, ins: Instr) -> None:
    e.assign(ins, e.value(ins.operands[0]), poison=True)


def extract(e: Emitter, ins: Instr) -> None:
    vector, index = ins.operands
    e.assign(ins, f"{e.names.pool(vectors.extract)}({e.value(vector)}, {e.value(index)})", poison=True)


def insert(e: Emitter, ins: Instr) -> None:
    vector, value, index = (e.value(v) for v in ins.operands)
    e.assign(ins, f"{e.names.pool(vectors.insert)}({vector}, {value}, {index})")


def shuffle(e: Emitter, ins: Instr) -> None:
    a, b = (e.value(v) for v in ins.operands[:2])
    ty = value_type(ins.operands[0])
    if not isinstance(ty, VectorType):
        raise Unsupported("shufflevector", ins.loc)
    lanes = [
        "POISON" if n < 0 else f"{a}[{n}]" if n < ty.count else f"{b}[{n - ty.count}]" for n in ins.indices
    ]
    e.assign(ins, f"({', '.join(lanes)},)")


def extract_value(e: Emitter, ins: Instr) -> None:
    path = "".join(f"[{n}]" for n in ins.indices)
    e.assign(ins, f"{e.value(ins.operands[0])}{path}", poison=True)


def insert_value(e: Emitter, ins: Instr) -> None:
    aggregate, value = (e.value(v) for v in ins.operands)
    e.assign(ins, f"{e.names.pool(_replace)}({aggregate}, {value}, {ins.indices!r})")


def _replace(aggregate: tuple[object, ...], value: object, path: tuple[int, ...]) -> tuple[object, ...]:
    head, *rest = path
    if rest:
        inner = aggregate[head]
        assert isinstance(inner, tuple)
        value = _replace(inner, value, tuple(rest))
    return (*aggregate[:head], value, *aggregate[head + 1 :])


def token(e: Emitter, ins: Instr) -> None:
    from verify.concrete.emit import undefined

    e.assign(ins, e.names.pool(undefined(ins.type)), poison=True)
