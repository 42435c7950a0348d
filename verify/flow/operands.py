"""An instruction's operands, vectors divided into the lanes that their types say."""

from __future__ import annotations

from verify.flow import lanes
from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import Datum, scalar_type
from verify.ir import nodes, types
from verify.ir.nodes import Instr


def lanes_of(s: Summary, block: str, instr: Instr, value: nodes.Value) -> Datum:
    """An operand; a vector of numbers has as many terms as lanes, each of the lane's type."""
    datum = s.datum(value, block)
    if not isinstance(datum, tuple) or not isinstance(value.type, types.VectorType):
        return datum
    if isinstance(value.type.elem, types.PtrType):
        return datum
    bits = [lane for lane in datum if isinstance(lane, Term)]
    text = scalar_type(value.type.elem, instr.loc)
    return lanes.shaped(s.ints(block, instr), bits, value.type.count, text)
