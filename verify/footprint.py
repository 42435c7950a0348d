"""What the original accesses, as byte ranges for given arguments: the inputs that a measurement needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import islpy as isl

from verify.flow import safety, spaces
from verify.flow.claims import collect, parameter_ranges, settle_before
from verify.flow.model import Side
from verify.flow.proof import summarize_before
from verify.problem import Problem


@dataclass(frozen=True, slots=True)
class Footprint:
    """scalars: integer parameters on which the accesses depend. objects: for each pointer parameter or global the
    (parameter name to set) of byte offsets `o` that are accessed; None where an offset depends on data."""

    scalars: tuple[str, ...]
    _names: Mapping[str, str]
    _objects: Mapping[str, isl.Set | None]
    _context: isl.Set

    def ranges(self, scalars: Mapping[str, int]) -> Mapping[str, tuple[int, int]] | None:
        """Byte range [lowest, highest) accessed through each object for these argument values, objects without an
        access left out; None where it is unknown or the original is undefined on them."""
        fixed = self._context
        for name, symbol in self._names.items():
            if name in scalars:
                fixed = fixed.intersect(spaces.symbol(symbol).eq_set(spaces.constant(scalars[name])))
        if fixed.is_empty():
            return None
        found: dict[str, tuple[int, int]] = {}
        for name, offsets in self._objects.items():
            if offsets is None:
                return None
            here = _without_params(spaces.points(offsets.intersect(fixed), ("o",)))
            if here.is_empty():
                continue
            low, high = here.dim_min_val(0), here.dim_max_val(0)
            if not (low.is_int() and high.is_int()):
                return None
            found[name] = (low.to_python(), high.to_python() + 1)
        return found


def footprint(problem: Problem) -> Footprint:
    """The footprint of the before side. Raises NotProved or Unsupported where the region cannot be summarized."""
    from verify.ir.load import load

    module, function = load(problem.before.ir, problem.function)
    summary = summarize_before(module, function, problem)
    side = Side(summary)
    with spaces.budget(200_000_000):
        side.accesses = collect(summary)
        context = settle_before(summary, parameter_ranges(summary))
        context = safety.defined_bounds(side, safety.terminates_before(summary, context))
        names = {p.name: f"p{i}" for i, p in enumerate(function.params)}
        objects: dict[str, isl.Set | None] = {}
        for access in side.accesses:
            base = access.address.base
            if base.startswith("s."):
                continue
            name = base[2:] if base.startswith("g.") else next(n for n, s in names.items() if s == base)
            offset = access.address.offset
            if offset.kind != "int":
                objects[name] = None
                continue
            if objects.get(name, spaces.nowhere()) is None:
                continue
            cond = summary.block_cond(access.block).intersect(context)
            here = spaces.nowhere()
            for end in (0, access.size - 1):
                at = offset.affine.add(spaces.constant(end))
                here = here.union(cond.intersect(spaces.symbol("o").eq_set(at)))
            known = objects.get(name) or spaces.nowhere()
            objects[name] = known.union(spaces.forget(here, summary.counters_of(access.block)))
        used = {symbol for item in objects.values() if item is not None for symbol in spaces.names_in(item)}
    return Footprint(tuple(n for n, s in names.items() if s in used), names, objects, context)


def _without_params(points: isl.Set) -> isl.Set:
    return points.project_out(spaces.PARAM, 0, points.dim(spaces.PARAM))
