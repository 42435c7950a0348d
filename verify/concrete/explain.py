"""A failing trial in C terms."""

from __future__ import annotations

import struct

from verify.concrete.arena import KIND_FLOAT, KIND_INT, KIND_POINTER, Access, Arena, Object, decode
from verify.concrete.judge import Bench, Difference, Trial
from verify.concrete.stage import stage
from verify.concrete.world import Input, Key, World, accessed
from verify.ir.nodes import Loc
from verify.ir.types import FloatType, IntType, PtrType, Type
from verify.verdict import Counterexample, Refuted

_SHOWN = 24


def explain(bench: Bench, item: Input, trial: Trial) -> Refuted:
    """The verdict for a trial that differs."""
    difference, first = trial.difference, trial.first
    assert difference is not None
    assert first is not None
    teller = _Teller(bench, item, trial.world, first)
    inputs = teller.inputs(difference)
    before, after, reason = teller.outcome(difference)
    names = {key: teller.name(key) for key in teller.by_key}
    return Refuted(Counterexample(inputs, before, after, replayed=True), reason, stage(bench, trial, names))


class _Teller:
    def __init__(self, bench: Bench, item: Input, world: World, first: Arena) -> None:
        self.bench, self.item, self.world, self.first = bench, item, world, first
        self.by_key: dict[Key, Object] = {o.key: o for o in world.arena.objects.values()}
        self.by_key |= {o.key: o for o in first.objects.values()}

    def name(self, key: Key) -> str:
        match key:
            case ("param", int() as number):
                return self.bench.function.params[number].name
            case ("global" | "local", str() as name):
                return name
            case ("at", tuple() as inner, int() as relative):
                return f"(*{self.place(inner, relative)})"  # pyright: ignore[reportUnknownArgumentType]
            case _:
                return "null"

    def unit(self, key: Key) -> Access:
        """The commonest cell of the object."""
        item = self.by_key.get(key)
        counts: dict[Access, int] = {}
        if item is not None:
            for (ident, _), access in self.world.cells.items():
                if ident == item.ident:
                    counts[access] = counts.get(access, 0) + 1
        return max(counts, key=lambda a: counts[a]) if counts else Access(KIND_INT, 1, 8)

    def place(self, key: Key, relative: int) -> str:
        item = self.by_key.get(key)
        units = {a.unit for (ident, _), a in self.world.cells.items() if item and ident == item.ident}
        if len(units) > 1:
            return f"{self.name(key)} at byte {relative}"
        unit = self.unit(key).unit
        rest = relative % unit
        text = f"{self.name(key)}[{relative // unit}]"
        return f"{text} (byte {rest})" if rest else text

    def inputs(self, difference: Difference) -> dict[str, str]:
        shown: dict[str, str] = {}
        for number, param in enumerate(self.bench.function.params):
            name = param.name
            if not isinstance(param.type, PtrType):
                shown[name] = scalar_text(self.item.scalars[number], param.type)
                continue
            place = self.item.places[number]
            if place.kind == "null":
                shown[name] = "NULL"
            elif place.kind == "own":
                shown[name] = self.contents(self.first.objects[number + 1])
            else:
                key: Key = ("param", place.other) if place.kind == "with" else ("global", place.name)
                shown[name] = self.shifted(key, place.delta)
        for item in self.first.objects.values():
            touched = item.key == difference.key or any(ident == item.ident for ident, _ in self.world.cells)
            if item.key[0] in ("global", "at") and item.writable and touched:
                shown.setdefault(self.name(item.key), self.contents(item))
        script = self.world.script
        behaviour = script.behaviour() if script is not None else None
        if script is not None and behaviour is not None:
            shown[script.expected[-1].name] = behaviour
        return shown

    def shifted(self, key: Key, delta: int) -> str:
        unit = self.unit(key).unit
        sign, delta = ("-", -delta) if delta < 0 else ("+", delta)
        base = self.name(key)
        if delta == 0:
            return base
        if delta % unit:
            return f"(char *){base} {sign} {delta}"
        return f"{base} {sign} {delta // unit}"

    def contents(self, item: Object) -> str:
        cells = sorted(
            (offset - item.base, access)
            for (ident, offset), access in self.world.cells.items()
            if ident == item.ident
        )
        if not cells:
            span = accessed(item)
            return "{}" if span is None or not item.open else f"{{{span[1] - span[0]} bytes}}"
        begin = cells[0][0]
        texts = [self.cell(item, relative, access) for relative, access in cells]
        head = "" if begin == 0 else f"[{begin // cells[0][1].unit}] = "
        if len(texts) > _SHOWN:
            common = max(sorted(set(texts)), key=texts.count)
            odd = [
                f"[{relative // access.unit}] = {text}"
                for (relative, access), text in zip(cells, texts, strict=True)
                if text != common
            ]
            if len(odd) <= _SHOWN:
                return "{" + ", ".join([*odd, f"all others {common}"]) + "}"
            return "{" + head + ", ".join(texts[:_SHOWN]) + f", ... ({len(texts)} elements)}}"
        return "{" + head + ", ".join(texts) + "}"

    def cell(self, item: Object, relative: int, access: Access) -> str:
        if access.kind == KIND_POINTER:
            return f"&{self.name(('at', item.key, relative))}"
        return value_text(decode(item.init, item.base + relative, access), access.kind == KIND_FLOAT)

    def outcome(self, found: Difference) -> tuple[dict[str, str], dict[str, str], str]:
        match found.kind:
            case "return":
                texts = [scalar_text(v, self.bench.function.result) for v in (found.before, found.after)]
                reason = f"returns {texts[0]} before, {texts[1]} after"
                return {"return": texts[0]}, {"return": texts[1]}, reason
            case "termination":
                return {}, {"fault": "does not terminate"}, found.text
            case "calls":
                text = f"{found.text}{line_text(found.loc)}"
                return {}, {"calls": text}, f"after {text}"
            case "fault":
                return self._fault(found)
            case _:
                return self._cell(found)

    def _cell(self, found: Difference) -> tuple[dict[str, str], dict[str, str], str]:
        assert found.key is not None
        where = self.place(found.key, found.offset)
        if found.kind == "store":
            return {}, {where: "stored to"}, f"after stores to {where}, which before does not"
        relative, texts = self._final(found)
        where = self.place(found.key, relative)
        reason = f"{where} ends as {texts[0]} before, {texts[1]} after"
        return {where: texts[0]}, {where: texts[1]}, reason

    def _final(self, found: Difference) -> tuple[int, list[str]]:
        assert found.key is not None
        unit = self.unit(found.key)
        first = self.by_key[found.key]
        second = self.world.arena.objects[first.ident]
        relative = found.offset - found.offset % unit.unit
        at = first.base + relative
        if unit.kind != KIND_POINTER and at >= 0 and at + unit.unit <= len(first.m):
            single = unit.kind == KIND_FLOAT
            return relative, [value_text(decode(o.m, at, unit), single) for o in (first, second)]
        return found.offset, [str(v) for v in (found.before, found.after)]

    def _fault(self, found: Difference) -> tuple[dict[str, str], dict[str, str], str]:
        text = found.text
        if found.key is not None:
            where = self.place(found.key, found.offset)
            what = self.name(found.key)
            if found.after == "pointer" and found.key[0] in ("param", "at"):
                text = f"forms the pointer &{where}, before the start of {what}"
            elif text.endswith("outside of"):
                verb = text.removesuffix("outside of").strip()
                limit = "what before accesses" if found.key[0] in ("param", "at") else f"{what}"
                text = f"{verb} {'&' if 'pointer' in verb else ''}{where}, outside of {limit}"
            elif found.key != ("null",):
                text = f"{text} {where}"
        reason = f"{'after: ' if found.after == 'bounds' else 'after '}{text}{line_text(found.loc)}"
        return {}, {"fault": f"{text}{line_text(found.loc)}"}, reason


def line_text(loc: Loc | None) -> str:
    return f" (line {loc.line})" if loc is not None and loc.line else ""


def scalar_text(value: object, ty: Type) -> str:
    """A scalar of an IR type as C spells it."""
    if isinstance(ty, IntType) and ty.bits == 1:
        return str(int(bool(value)))
    return value_text(value, isinstance(ty, FloatType) and ty.name == "float")


def value_text(value: object, single: bool) -> str:
    """A value as C spells it, floats with as many digits as they need."""
    if isinstance(value, tuple):
        return "{" + ", ".join(value_text(v, single) for v in value) + "}"
    if not isinstance(value, float):
        return "indeterminate" if value is not None and not isinstance(value, int) else str(value)
    if value != value:
        return "NAN"
    if value in (float("inf"), float("-inf")):
        return "INFINITY" if value > 0 else "-INFINITY"
    if single:
        for digits in range(1, 10):
            text = f"{value:.{digits}g}"
            if struct.pack("<f", float(text)) == struct.pack("<f", value):
                return text
    return repr(value)
