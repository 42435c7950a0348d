"""What a call or callee claims beyond its body. Inlining forgets such claims, so each must be known.

A claim that may be false is undefined behaviour of the program that makes it: forgetting it is right only for
the version whose undefined behaviour may be used.
"""

from __future__ import annotations

from verify.ir.nodes import Function, Instr, Local, Value
from verify.ir.scopes import is_lifetime
from verify.ir.tokens import words
from verify.verdict import Unsupported

_HARMLESS = words(
    "nounwind alwaysinline noinline inlinehint optnone minsize optsize cold hot norecurse mustprogress "
    "ssp sspstrong sspreq nossp nobuiltin builtin noredzone noimplicitfloat nocf_check uwtable "
    "dso_local dso_preemptable default hidden protected unnamed_addr local_unnamed_addr comdat variadic "
    "noundef signext zeroext inreg"
)
_HARMLESS_HEADS = ("uwtable(", "section ", "comdat(", "captures(", "sret(", "byval(")
_EQUAL = (
    '"no-nans-fp-math"',
    '"no-infs-fp-math"',
    '"no-signed-zeros-fp-math"',
    '"approx-func-fp-math"',
    '"unsafe-fp-math"',
    '"denormal-fp-math',
    '"no-trapping-math"',
    "strictfp",
    "null_pointer_is_valid",
)
_CLASSES = {"nofpclass(nan)": "nnan", "nofpclass(inf)": "ninf", "nofpclass(nan inf)": "nnan ninf"}


def check_promises(caller: Function, callee: Function, call: Instr) -> None:
    """Raise Unsupported if inlining this call would forget a claim."""
    _check_function(callee.attributes | call.attributes[-1], callee, call)
    for place, param in enumerate(callee.params):
        in_memory = any(a.startswith(("sret(", "byval(")) for a in param.attributes)
        for attribute in param.attributes | call.attributes[place]:
            if attribute == "noalias" and is_private(caller, call.operands[place]):
                continue
            if attribute in ("writable", "dead_on_unwind", "dead_on_return"):
                continue
            if attribute.startswith("align ") and in_memory:
                continue
            if not (_harmless(attribute) or attribute in _CLASSES):
                raise Unsupported(
                    f"{attribute} on parameter {param.name} of the inlined @{callee.name}", call.loc
                )


def _check_function(attributes: frozenset[str], callee: Function, call: Instr) -> None:
    for attribute in attributes:
        plain = attribute.removeprefix("ret ")
        own = attribute.startswith(('"', "align ")) or attribute in _EQUAL
        if not (own or _harmless(plain) or plain in _CLASSES):
            raise Unsupported(f"{attribute} on the inlined @{callee.name}", call.loc)


def _harmless(attribute: str) -> bool:
    return attribute in _HARMLESS or attribute.startswith(_HARMLESS_HEADS)


def same_arithmetic(caller: Function, callee: Function) -> bool:
    """Whether the functions agree on the attributes that change what arithmetic and null mean."""
    return _arithmetic(caller) == _arithmetic(callee)


def _arithmetic(function: Function) -> frozenset[str]:
    return frozenset(a for a in function.attributes if a.startswith(_EQUAL))


def float_claims(attributes: frozenset[str], prefix: str = "") -> frozenset[str]:
    """The fast-math flags that say the same as the nofpclass attributes here."""
    found = (_CLASSES.get(a.removeprefix(prefix), "") for a in attributes if a.startswith(prefix))
    return frozenset(flag for text in found for flag in text.split())


def is_private(function: Function, pointer: Value) -> bool:
    """Whether `pointer` is an automatic object that only loads, stores and result slots of calls reach."""
    if not isinstance(pointer, Local):
        return False
    instrs = [i for b in function.blocks for i in b.instrs]
    if not any(i.op == "alloca" and i.result == pointer.name for i in instrs):
        return False
    names = {pointer.name}
    for instr in instrs:
        if instr.op == "getelementptr" and _named(instr.operands[0], names) and instr.result is not None:
            names.add(instr.result)
    return all(_keeps(i, place) for i in instrs for place, v in enumerate(i.operands) if _named(v, names))


def _named(value: Value, names: set[str]) -> bool:
    return isinstance(value, Local) and value.name in names


def _keeps(instr: Instr, place: int) -> bool:
    match instr.op:
        case "load" | "getelementptr":
            return place == 0
        case "store":
            return place == 1
        case "call":
            slot = any(a.startswith("sret(") for a in instr.attributes[place])
            copies = instr.callee.startswith(("llvm.memcpy.", "llvm.memset.", "llvm.memmove."))
            return slot or copies or is_lifetime(instr, "llvm.lifetime.")
        case _:
            return False
